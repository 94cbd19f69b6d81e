/** Text to ids and back. */
module dev.puna.tokenizer {
  requires transitive dev.puna.formats;

  exports dev.puna.tokenizer;
  exports dev.puna.tokenizer.chat;
}
