package dev.puna.tokenizer.normalize;

import dev.puna.tokenizer.Charsmap;
import dev.puna.tokenizer.text.Utf8;
import java.nio.charset.StandardCharsets;
import java.text.BreakIterator;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Precompiled: the replacements of a SentencePiece model as the library `tokenizers` makes them: a
 * short grapheme is looked up as a whole, its characters otherwise, and the first entry that it
 * begins with replaces all of it.
 *
 * @param charsmap the replacements
 */
public record Precompiled(Charsmap charsmap) implements Normalizer {
  private static final int SHORT_GRAPHEME = 6;

  @Override
  public String normalize(String text) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    BreakIterator graphemes = BreakIterator.getCharacterInstance(Locale.ROOT);
    graphemes.setText(text);
    int from = 0;
    for (int to = graphemes.next(); to != BreakIterator.DONE; to = graphemes.next()) {
      grapheme(text.substring(from, to), out);
      from = to;
    }
    return out.toString();
  }

  private void grapheme(String grapheme, StringBuilder out) {
    if (Utf8.length(grapheme) < SHORT_GRAPHEME) {
      String replacement = replacement(grapheme);
      if (replacement != null) {
        out.append(replacement);
        return;
      }
      if (grapheme.length() == 1) {
        out.append(grapheme);
        return;
      }
    }
    grapheme
        .codePoints()
        .mapToObj(Character::toString)
        .forEach(
            character -> {
              String replacement = replacement(character);
              out.append(replacement == null ? character : replacement);
            });
  }

  private @Nullable String replacement(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    long entry = charsmap.shortest(bytes, 0, bytes.length);
    return entry == 0 ? null : new String(charsmap.replacement(entry), StandardCharsets.UTF_8);
  }
}
