/** Running models: sequences, KV pool, scheduling, sampling; what a program embeds. */
module dev.puna.engine {
  requires transitive dev.puna.model;
  requires jdk.jfr;
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.databind;
  requires jdk.management;

  exports dev.puna.engine;

  uses dev.puna.program.Backend;
}
