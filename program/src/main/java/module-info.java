/** Ops, programs and everything derived from them; the reference interpreter. */
module dev.puna.program {
  requires transitive dev.puna.tensor;
}
