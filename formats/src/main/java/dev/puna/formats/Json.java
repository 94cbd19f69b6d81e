package dev.puna.formats;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Reads JSON strictly, with one-line errors that name file and position. */
final class Json {
  /** The largest real tokenizer.json has about 35 MB. */
  private static final long LONGEST = 128L << 20;

  private static final ObjectReader READER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          // Python writes Infinity and NaN; a number that is used is checked where it is asked for.
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build()
          .readerFor(Object.class);

  private static final JsonMapper WRITER = new JsonMapper();

  private Json() {}

  /** A JSON text in UTF-8. */
  static byte[] write(Map<String, ?> object) {
    try {
      return WRITER.writeValueAsBytes(object);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** Reads a file that holds one JSON object. */
  static Map<?, ?> object(Path file) {
    MappedFile.checkReadable(file);
    try {
      long size = Files.size(file);
      if (size == 0) {
        throw new PunaException(file + " is empty", "get the file again");
      }
      if (size > LONGEST) {
        throw new PunaException(
            file + " has " + size + " bytes", "a JSON file of at most " + LONGEST + " can be read");
      }
      return object(file.toString(), Files.readAllBytes(file));
    } catch (IOException e) {
      throw MappedFile.unreadable(file, e);
    }
  }

  /** Reads a JSON object; {@code where} is named in errors. */
  static Map<?, ?> object(String where, byte[] bytes) {
    Object value;
    try {
      value = READER.readValue(bytes);
    } catch (IOException e) {
      throw malformed(where, e);
    }
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw new PunaException(where + " holds no JSON object", "check that it is the right file");
  }

  /** A parser of single tokens, for what is too large to be read as a whole. */
  static JsonParser parser(byte[] bytes) throws IOException {
    return READER.createParser(bytes);
  }

  static PunaException malformed(Object where, IOException e) {
    String place = "";
    String message = String.valueOf(e.getMessage());
    if (e instanceof JsonProcessingException json) {
      message = String.valueOf(json.getOriginalMessage());
      JsonLocation at = json.getLocation();
      place = at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
    }
    String what = message.lines().findFirst().orElse("malformed");
    return new PunaException(
        where + " is not valid JSON" + place + " (" + what + ")", "get or make it again", e);
  }
}
