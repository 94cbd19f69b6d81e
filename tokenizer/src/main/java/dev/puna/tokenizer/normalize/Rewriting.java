package dev.puna.tokenizer.normalize;

import dev.puna.tokenizer.text.ByteAlphabet;
import dev.puna.tokenizer.text.Categories;
import dev.puna.tokenizer.text.Utf8;

/** The normalizers that are a line each. */
public final class Rewriting {
  private Rewriting() {}

  /** Lowercase. */
  public record Lowercase() implements Normalizer {
    @Override
    public String normalize(String text) {
      return Letters.lower(text);
    }
  }

  /** Strip: white space at the ends. */
  public record Strip(boolean left, boolean right) implements Normalizer {
    @Override
    public String normalize(String text) {
      return Letters.strip(text, left, right);
    }
  }

  /** StripAccents: all marks, which NFD or NFKD has to separate first. */
  public record StripAccents() implements Normalizer {
    @Override
    public String normalize(String text) {
      return Letters.without(text, point -> Categories.is(point, Categories.MARK));
    }
  }

  /** Prepend: something in front of a text that is not empty. */
  public record Prepend(String prefix) implements Normalizer {
    @Override
    public String normalize(String text) {
      return text.isEmpty() ? text : prefix + text;
    }
  }

  /** ByteLevel: the characters of {@link ByteAlphabet} for the bytes of the text. */
  public record Bytes() implements Normalizer {
    @Override
    public String normalize(String text) {
      return ByteAlphabet.piece(Utf8.bytes(text));
    }
  }

  /** Nmt: drops control characters, makes odd white space a space. */
  public record Nmt() implements Normalizer {
    @Override
    public String normalize(String text) {
      StringBuilder out = new StringBuilder(text.length());
      text.codePoints().filter(p -> !isDropped(p)).map(Nmt::spaced).forEach(out::appendCodePoint);
      return out.toString();
    }

    private static boolean isDropped(int point) {
      return point >= 0x01 && point <= 0x08
          || point == 0x0B
          || point >= 0x0E && point <= 0x1F
          || point == 0x7F
          || point == 0x8F
          || point == 0x9F;
    }

    private static int spaced(int point) {
      boolean space =
          switch (point) {
            case '\t', '\n', '\f', '\r', 0x1680, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD -> true;
            default -> point >= 0x200B && point <= 0x200F;
          };
      return space ? ' ' : point;
    }
  }
}
