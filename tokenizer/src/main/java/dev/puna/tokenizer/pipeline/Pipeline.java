package dev.puna.tokenizer.pipeline;

import dev.puna.tokenizer.Detokenizer;
import dev.puna.tokenizer.Special;
import dev.puna.tokenizer.Tokenizer;
import dev.puna.tokenizer.decode.Decoder;
import dev.puna.tokenizer.normalize.Normalizer;
import dev.puna.tokenizer.split.PreTokenizer;
import dev.puna.tokenizer.text.CodePoints;
import dev.puna.tokenizer.text.IntArray;
import dev.puna.tokenizer.text.Utf8;
import dev.puna.tokenizer.vocabulary.Pieces;
import dev.puna.tokenizer.vocabulary.WordModel;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * A tokenizer in the steps of the library `tokenizers`: added tokens are found in the text, what
 * lies between them is normalized, cut into words, and each word becomes ids.
 */
public final class Pipeline implements Tokenizer {
  /**
   * What a tokenizer is made of.
   *
   * @param pieces all pieces, those of added tokens too
   * @param added in the order in which they count
   * @param normalizer null for none
   * @param preTokenizer null for none: the text between added tokens is one word
   * @param special the tokens with a meaning of their own
   * @param unknown the token for what is not in the vocabulary, which decodes to its name; -1 if
   *     there is none
   * @param gguf what a GGUF file says about it
   */
  public record Parts(
      Pieces pieces,
      List<AddedToken> added,
      @Nullable Normalizer normalizer,
      @Nullable PreTokenizer preTokenizer,
      WordModel model,
      Decoder decoder,
      Special special,
      int unknown,
      GgufForm gguf) {}

  private final Parts parts;

  /** Added tokens that stand in the text as it is. */
  private final TokenFinder raw;

  /** Added tokens that stand in the normalized text. */
  private final TokenFinder normalized;

  /** Ids that decode to nothing. */
  private final BitSet silent = new BitSet();

  /** Ids that decode to their piece as it is. */
  private final BitSet literal = new BitSet();

  public Pipeline(Parts parts) {
    this.parts = parts;
    List<AddedToken> added = parts.added;
    raw = new TokenFinder(added.stream().filter(t -> !t.normalized()).toList(), c -> c);
    normalized =
        new TokenFinder(added.stream().filter(AddedToken::normalized).toList(), this::normalize);
    for (AddedToken token : added) {
      if (token.special() && token.id() != parts.unknown) {
        silent.set(token.id());
      }
      literal.set(token.id());
    }
  }

  private String normalize(String text) {
    return parts.normalizer == null ? text : parts.normalizer.normalize(text);
  }

  @Override
  public int size() {
    return parts.pieces.size();
  }

  @Override
  public int[] encode(String text) {
    return new Encoding(false).run(text);
  }

  @Override
  public int[] encodeSpecial(String text) {
    return new Encoding(true).run(text);
  }

  private final class Encoding {
    private final boolean specials;
    private final IntArray ids = new IntArray();
    private final WordModel.Encoder words = parts.model.encoder(ids);

    Encoding(boolean specials) {
      this.specials = specials;
    }

    int[] run(String text) {
      String whole = Utf8.withoutLoneSurrogates(text);
      each(raw, whole, (from, to) -> stretch(whole.substring(from, to), from == 0));
      return ids.toArray();
    }

    private void stretch(String text, boolean atStart) {
      String rewritten = normalize(text);
      each(
          normalized,
          rewritten,
          (from, to) -> cut(rewritten.substring(from, to), atStart && from == 0));
    }

    private void cut(String text, boolean atStart) {
      int[] points = CodePoints.of(text);
      if (parts.preTokenizer == null) {
        words.encode(points, 0, points.length);
      } else {
        parts.preTokenizer.split(
            points, 0, points.length, atStart, (t, from, to, start) -> words.encode(t, from, to));
      }
    }

    private void each(TokenFinder finder, String text, Stretch stretch) {
      if (finder.isEmpty()) {
        if (!text.isEmpty()) {
          stretch.accept(0, text.length());
        }
        return;
      }
      finder.find(
          text,
          specials,
          new TokenFinder.Found() {
            @Override
            public void text(int from, int to) {
              stretch.accept(from, to);
            }

            @Override
            public void token(int id) {
              ids.add(id);
            }
          });
    }
  }

  private interface Stretch {
    void accept(int from, int to);
  }

  @Override
  public String piece(int id) {
    return parts.pieces.get(id);
  }

  @Override
  public byte[] bytes(int id) {
    String piece = piece(id);
    if (silent.get(id) || piece.isEmpty()) {
      return new byte[0];
    }
    byte[] bytes = literal.get(id) ? null : parts.decoder.bytes(piece);
    if (bytes != null) {
      return bytes;
    }
    Detokenizer alone = detokenizer(false);
    return Utf8.bytes(alone.next(id) + alone.finish());
  }

  @Override
  public OptionalInt id(String piece) {
    return parts.pieces.id(piece);
  }

  @Override
  public Special special() {
    return parts.special;
  }

  /** What this tokenizer is made of. */
  public Parts parts() {
    return parts;
  }

  @Override
  public SequencedMap<String, Object> ggufPairs(int rows) {
    return parts.gguf.pairs(parts, rows);
  }

  @Override
  public Detokenizer detokenizer(boolean atTextStart) {
    StringBuilder out = new StringBuilder();
    Decoder.Stage stages =
        parts.decoder.before(
            new Decoder.Stage() {
              @Override
              public void accept(String part, boolean begins) {
                out.append(part);
              }

              @Override
              public void finish() {}
            },
            atTextStart);
    return new Detokenizer() {
      @Override
      public String next(int id) {
        String piece = piece(id);
        if (!silent.get(id) && !piece.isEmpty()) {
          stages.accept(literal.get(id) ? parts.decoder.literal(piece) : piece, true);
        }
        return taken();
      }

      @Override
      public String finish() {
        stages.finish();
        return taken();
      }

      private String taken() {
        String text = out.toString();
        out.setLength(0);
        return text;
      }
    };
  }
}
