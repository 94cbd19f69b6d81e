/** Ops, programs and everything derived from them; the reference interpreter. */
module dev.puna.program {
  requires transitive dev.puna.tensor;

  exports dev.puna.program;

  uses dev.puna.program.Backend;

  provides dev.puna.program.Backend with
      dev.puna.program.ReferenceBackend;
}
