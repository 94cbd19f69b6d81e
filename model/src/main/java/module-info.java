/** Architectures as data, and checkpoints as weights. */
module dev.puna.model {
  requires transitive dev.puna.formats;
  requires transitive dev.puna.program;
  requires transitive dev.puna.tokenizer;
  requires java.net.http;

  exports dev.puna.model;
  exports dev.puna.model.family;
  exports dev.puna.model.hub;
}
