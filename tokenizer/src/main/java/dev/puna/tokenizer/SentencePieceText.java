package dev.puna.tokenizer;

import dev.puna.tokenizer.normalize.Normalizer;
import dev.puna.tokenizer.text.ByteArray;
import dev.puna.tokenizer.text.ByteTrie;
import dev.puna.tokenizer.text.PieceTable;
import dev.puna.tokenizer.text.Utf8;
import java.nio.charset.StandardCharsets;

/** The normalization of a SentencePiece model as a step of a pipeline. */
public final class SentencePieceText implements Normalizer {
  private final SentencePieceNormalizer normalizer;

  /**
   * @param options what is done to spaces, and which characters are replaced
   */
  public SentencePieceText(SentencePieceVocabulary.Options options) {
    normalizer =
        new SentencePieceNormalizer(options, new ByteTrie(), new PieceTable(0, id -> new byte[0]));
  }

  @Override
  public String normalize(String text) {
    byte[] bytes = Utf8.bytes(text);
    ByteArray normalized = normalizer.normalize(bytes, 0, bytes.length);
    return new String(normalized.bytes(), 0, normalized.length(), StandardCharsets.UTF_8);
  }
}
