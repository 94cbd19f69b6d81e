/** Running models: sequences, KV pool, scheduling, sampling; what a program embeds. */
module dev.puna.engine {
  requires transitive dev.puna.model;
  requires jdk.jfr;
  requires jdk.management;

  exports dev.puna.engine;

  uses dev.puna.program.Backend;
}
