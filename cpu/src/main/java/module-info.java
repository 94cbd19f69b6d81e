/** The CPU backend: a thread team, and kernels assembled at run time or by the Vector API. */
module dev.puna.cpu {
  requires transitive dev.puna.program;
  requires static jdk.incubator.vector; // see VectorApi

  exports dev.puna.cpu;

  provides dev.puna.program.Backend with
      dev.puna.cpu.CpuBackend;
}
