package dev.puna.tokenizer.json;

import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/** A JSON object of ids by piece, as vocab.json and added_tokens.json are. */
public final class VocabularyJson {
  private VocabularyJson() {}

  /** The ids by piece; throws {@link PunaException} if the file is damaged. */
  public static SequencedMap<String, Integer> read(String where, byte[] file) {
    SequencedMap<String, Integer> ids = new LinkedHashMap<>();
    try {
      JsonReader in = new JsonReader(where, file);
      in.object(
          piece -> {
            int id = in.integer();
            if (id < 0 || id > ModelJson.ID_LIMIT) {
              throw new PunaException(
                  "%s: the piece '%s' has the id %d".formatted(where, piece, id),
                  "ids go from 0 to " + ModelJson.ID_LIMIT);
            }
            ids.put(piece, id);
          });
    } catch (IOException e) {
      throw JsonReader.malformed(where, e);
    }
    if (ids.isEmpty()) {
      throw new PunaException(where + " holds no pieces", "get the file again");
    }
    return ids;
  }
}
