/** Numbers in memory: data types, block formats, matrices over memory segments. */
module dev.puna.tensor {
  requires static transitive org.jspecify;

  exports dev.puna.tensor;
}
