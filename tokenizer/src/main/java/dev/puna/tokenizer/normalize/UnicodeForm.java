package dev.puna.tokenizer.normalize;

import java.text.Normalizer.Form;

/**
 * NFC, NFD, NFKC, NFKD.
 *
 * @param form which of them
 */
public record UnicodeForm(Form form) implements Normalizer {
  @Override
  public String normalize(String text) {
    // Below this all forms leave a text as it is, and NFC a little longer.
    char same = form == Form.NFC ? '\u0300' : '\u00A0';
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= same) {
        return java.text.Normalizer.normalize(text, form);
      }
    }
    return text;
  }
}
