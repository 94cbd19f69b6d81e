/** The CPU backend: a thread team and Vector API kernels. */
module dev.puna.cpu {
  requires transitive dev.puna.program;
  requires jdk.incubator.vector;

  exports dev.puna.cpu;

  provides dev.puna.program.Backend with
      dev.puna.cpu.CpuBackend;
}
