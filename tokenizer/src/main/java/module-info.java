/** Text to ids and back. */
module dev.puna.tokenizer {
  requires transitive dev.puna.formats;
  requires com.fasterxml.jackson.core;

  exports dev.puna.tokenizer;
  exports dev.puna.tokenizer.chat;
  exports dev.puna.tokenizer.train;
}
