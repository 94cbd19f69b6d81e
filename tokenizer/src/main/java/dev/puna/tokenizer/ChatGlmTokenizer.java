package dev.puna.tokenizer;

import dev.puna.formats.Config;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.SentencePieceVocabulary.Kind;
import dev.puna.tokenizer.text.Utf8;
import java.util.OptionalInt;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The tokenizer of ChatGLM-6B: its ids begin with those of image tokens, and line breaks, tabs and
 * runs of spaces have pieces of their own, which stand for them in the text before SentencePiece
 * sees it. After {@code SPTokenizer} of the checkpoint's tokenization_chatglm.py.
 */
public final class ChatGlmTokenizer implements Tokenizer {
  private static final String IMAGE = "<image_";

  /** What the checkpoint's own class assumes if tokenizer_config.json does not say. */
  private static final int IMAGES = 20000;

  private static final int MOST_IMAGES = 1_000_000;

  private final SentencePieceTokenizer text;
  private final int images;

  /** The text of pieces that stand for white space, by their ids without images. */
  private final @Nullable String[] spaces;

  /**
   * @param vocabulary of ice_text.model; what older ones lack is added
   * @param images how many ids belong to image tokens, which come first
   */
  ChatGlmTokenizer(SentencePieceVocabulary vocabulary, int images) {
    this.text = SentencePieceTokenizer.of(ChatGlmPieces.complete(vocabulary));
    this.images = images;
    spaces = new @Nullable String[text.size()];
    text.id(ChatGlmPieces.LINE_BREAK).ifPresent(id -> spaces[id] = "\n");
    text.id(ChatGlmPieces.TAB).ifPresent(id -> spaces[id] = "\t");
    for (int run = 2; run <= ChatGlmPieces.LONGEST_BLANK; run++) {
      String blank = " ".repeat(run);
      text.id(ChatGlmPieces.blank(run)).ifPresent(id -> spaces[id] = blank);
    }
  }

  /** Whether a model is ChatGLM-6B's, whatever its file is called. */
  static boolean owns(String fileName, SentencePieceVocabulary vocabulary) {
    return vocabulary.kind() == Kind.UNIGRAM
        && vocabulary.pieces().contains(ChatGlmPieces.LINE_BREAK)
        && (fileName.equals("ice_text.model")
            || vocabulary.pieces().contains(ChatGlmPieces.blank(2)));
  }

  /**
   * The number of image tokens that tokenizer_config.json says.
   *
   * @param config null if there is none: a bare vocabulary has no image tokens
   * @throws PunaException if it asks for what is not supported
   */
  static int images(@Nullable Config config) {
    if (config == null) {
      return 0;
    }
    for (String option : new String[] {"do_lower_case", "remove_space"}) {
      if (config.flag(option, false)) {
        throw new PunaException(
            "%s: '%s' is not supported".formatted(config.where(), option), "set it to false");
      }
    }
    int images = config.integer("num_image_tokens", IMAGES);
    if (images < 0 || images > MOST_IMAGES) {
      throw new PunaException(
          "%s: num_image_tokens is %d".formatted(config.where(), images),
          "ChatGLM-6B has 0 or 20000 of them");
    }
    return images;
  }

  @Override
  public int size() {
    return images + text.size();
  }

  @Override
  public int[] encode(String original) {
    return shifted(text.encode(withoutSpaces(original)));
  }

  @Override
  public int[] encodeSpecial(String original) {
    return shifted(text.encodeSpecial(withoutSpaces(original)));
  }

  private int[] shifted(int[] ids) {
    for (int i = 0; i < ids.length; i++) {
      ids[i] += images;
    }
    return ids;
  }

  private static String withoutSpaces(String original) {
    StringBuilder out = new StringBuilder(original.length() + 16);
    int run = 0;
    for (int i = 0; i < original.length(); i++) {
      char c = original.charAt(i);
      if (c == ' ') {
        run++;
        continue;
      }
      addBlanks(run, out);
      run = 0;
      switch (c) {
        case '\n' -> out.append(ChatGlmPieces.LINE_BREAK);
        case '\t' -> out.append(ChatGlmPieces.TAB);
        default -> out.append(c);
      }
    }
    addBlanks(run, out);
    return out.toString();
  }

  private static void addBlanks(int run, StringBuilder out) {
    int left = run;
    for (; left >= 2; left -= Math.min(left, ChatGlmPieces.LONGEST_BLANK)) {
      out.append(ChatGlmPieces.blank(Math.min(left, ChatGlmPieces.LONGEST_BLANK)));
    }
    if (left == 1) {
      out.append(' ');
    }
  }

  @Override
  public String piece(int id) {
    if (id < 0 || id >= size()) {
      throw new PunaException(
          "token id " + id + " is outside the vocabulary",
          "give ids from 0 to %d, or take the tokenizer that belongs to the model"
              .formatted(size() - 1));
    }
    return id < images ? IMAGE + id + ">" : text.piece(id - images);
  }

  @Override
  public byte[] bytes(int id) {
    piece(id); // refuses ids outside the vocabulary
    if (id < images) {
      return new byte[0];
    }
    String space = spaces[id - images];
    return space == null ? text.bytes(id - images) : Utf8.bytes(space);
  }

  @Override
  public OptionalInt id(String piece) {
    if (piece.matches(IMAGE + "(0|[1-9][0-9]{0,6})>")) {
      int image = Integer.parseInt(piece.substring(IMAGE.length(), piece.length() - 1));
      if (image < images) {
        return OptionalInt.of(image);
      }
    }
    return shifted(text.id(piece));
  }

  private OptionalInt shifted(OptionalInt id) {
    return id.isEmpty() ? id : OptionalInt.of(id.getAsInt() + images);
  }

  @Override
  public Special special() {
    Special s = text.special();
    return new Special(
        id(ChatGlmPieces.START_OF_PIECE),
        id(ChatGlmPieces.END_OF_PIECE),
        shifted(s.unk()),
        shifted(s.pad()),
        false,
        false);
  }

  @Override
  public SequencedMap<String, Object> ggufPairs(int rows) {
    throw new PunaException(
        "GGUF cannot express this tokenizer: it is ChatGLM-6B's own",
        "run the checkpoint as it is");
  }

  @Override
  public Detokenizer detokenizer(boolean atTextStart) {
    Detokenizer pieces = text.detokenizer(atTextStart);
    return new Detokenizer() {
      @Override
      public String next(int id) {
        String piece = piece(id);
        if (id < images) {
          return "";
        }
        String surface = pieces.next(id - images);
        String space = spaces[id - images];
        return space == null
            ? surface
            : surface.substring(0, surface.length() - piece.length()) + space;
      }

      @Override
      public String finish() {
        return pieces.finish();
      }
    };
  }
}
