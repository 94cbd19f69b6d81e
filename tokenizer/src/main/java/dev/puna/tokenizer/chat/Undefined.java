package dev.puna.tokenizer.chat;

/**
 * The value of a name, item or attribute that is not there: prints as nothing, is false, has no
 * items; anything else that is done with it is an error that names it.
 */
record Undefined(String what) {
  TemplateException used() {
    return new TemplateException(what + " is undefined");
  }
}
