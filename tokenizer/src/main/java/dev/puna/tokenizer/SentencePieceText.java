package dev.puna.tokenizer;

import dev.puna.tokenizer.normalize.Normalizer;
import dev.puna.tokenizer.text.ByteArray;
import dev.puna.tokenizer.text.ByteTrie;
import dev.puna.tokenizer.text.PieceTable;
import dev.puna.tokenizer.text.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The normalization of a SentencePiece model as a step of a pipeline. */
public final class SentencePieceText implements Normalizer {
  private final SentencePieceNormalizer normalizer;

  /**
   * @param options what is done to spaces, and which characters are replaced
   */
  public SentencePieceText(SentencePieceVocabulary.Options options) {
    this(options, List.of());
  }

  /**
   * @param options what is done to spaces, and which characters are replaced
   * @param userDefined pieces whose characters are left alone
   */
  public SentencePieceText(SentencePieceVocabulary.Options options, List<String> userDefined) {
    ByteTrie trie = new ByteTrie();
    PieceTable table = new PieceTable(userDefined, id -> true);
    for (int id = 0; id < userDefined.size(); id++) {
      trie.add(Utf8.bytes(userDefined.get(id)), id);
    }
    normalizer = new SentencePieceNormalizer(options, trie, table);
  }

  /** The normalized text of UTF-8 bytes. */
  public ByteArray normalize(byte[] text, int from, int to) {
    return normalizer.normalize(text, from, to);
  }

  @Override
  public String normalize(String text) {
    byte[] bytes = Utf8.bytes(text);
    ByteArray normalized = normalizer.normalize(bytes, 0, bytes.length);
    return new String(normalized.bytes(), 0, normalized.length(), StandardCharsets.UTF_8);
  }
}
