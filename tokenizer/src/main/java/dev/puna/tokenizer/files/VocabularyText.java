package dev.puna.tokenizer.files;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.Special;
import dev.puna.tokenizer.Tokenizer;
import dev.puna.tokenizer.decode.PieceDecoder;
import dev.puna.tokenizer.gguf.WordPieceForm;
import dev.puna.tokenizer.json.SpecialNames;
import dev.puna.tokenizer.normalize.Bert;
import dev.puna.tokenizer.pipeline.AddedToken;
import dev.puna.tokenizer.pipeline.Pipeline;
import dev.puna.tokenizer.split.CharacterSplit;
import dev.puna.tokenizer.vocabulary.Pieces;
import dev.puna.tokenizer.vocabulary.WordPiece;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** WordPiece in a text file, as BERT has it: vocab.txt, a piece a line. */
public final class VocabularyText {
  private static final String PREFIX = "##";
  private static final int LONGEST_WORD = 100;
  private static final int PIECE_LIMIT = 1 << 21;

  private VocabularyText() {}

  /** The tokenizer; throws {@link PunaException} if the file has no unknown token. */
  public static Tokenizer read(String where, byte[] file, SpecialNames names) {
    String[] lines =
        new String(file, StandardCharsets.UTF_8)
            .lines()
            .limit(PIECE_LIMIT)
            .map(String::stripTrailing)
            .toArray(String[]::new);
    Pieces pieces = new Pieces(lines);
    int unknown = pieces.find(name(names, "unk_token", "[UNK]"));
    if (unknown < 0) {
      throw new PunaException(
          where + " has no unknown token such as [UNK]", "give the vocab.txt of a BERT");
    }
    boolean lowers = names.flag("do_lower_case", true);
    return new Pipeline(
        new Pipeline.Parts(
            pieces,
            special(pieces, names),
            new Bert(
                true,
                names.flag("tokenize_chinese_chars", true),
                names.flag("strip_accents", lowers),
                lowers),
            CharacterSplit.bert(),
            WordPiece.prefixed(pieces, PREFIX, unknown, LONGEST_WORD),
            PieceDecoder.wordPiece(PREFIX, true),
            new Special(
                pieces.id(name(names, "cls_token", "[CLS]")),
                pieces.id(name(names, "sep_token", "[SEP]")),
                pieces.id(pieces.get(unknown)),
                pieces.id(name(names, "pad_token", "[PAD]")),
                true,
                true),
            unknown,
            new WordPieceForm(PREFIX)));
  }

  private static List<AddedToken> special(Pieces pieces, SpecialNames names) {
    List<AddedToken> special = new ArrayList<>();
    for (String token : List.of("unk", "sep", "pad", "cls", "mask")) {
      String usual = "[" + token.toUpperCase(Locale.ROOT) + "]";
      int id = pieces.find(name(names, token + "_token", usual));
      if (id >= 0) {
        special.add(AddedToken.plain(id, pieces.get(id), true));
      }
    }
    return special;
  }

  private static String name(SpecialNames names, String key, String otherwise) {
    String name = names.name(key);
    return name == null ? otherwise : name;
  }
}
