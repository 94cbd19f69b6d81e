package dev.puna.tokenizer;

import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The bytes of a tokenizer's file. */
final class TokenizerFile {
  static final String FETCH_AGAIN = "fetch the file again, or give the right one";

  /** Far above any real vocabulary: a model's weights given by mistake are refused early. */
  private static final long SIZE_LIMIT = 256L << 20;

  private static final byte[] LFS_POINTER =
      "version https://git-lfs".getBytes(StandardCharsets.US_ASCII);

  private TokenizerFile() {}

  /** All bytes of a file. */
  static byte[] read(Path file) {
    try {
      long size = Files.size(file);
      if (size > SIZE_LIMIT) {
        throw new PunaException(
            "%s is %d bytes long, too much for a tokenizer".formatted(file, size),
            "give the tokenizer's file, such as tokenizer.model");
      }
      byte[] bytes = Files.readAllBytes(file);
      if (startsWith(bytes, LFS_POINTER)) {
        throw new PunaException(
            file + " is a Git LFS pointer, not the file itself", "run `git lfs pull` beside it");
      }
      return bytes;
    } catch (NoSuchFileException e) {
      throw new PunaException(file + " does not exist", "check the path", e);
    } catch (IOException e) {
      throw new PunaException(
          "%s cannot be read (%s)".formatted(file, e.getMessage()),
          "check that it is a file and that you may read it",
          e);
    }
  }

  private static boolean startsWith(byte[] bytes, byte[] prefix) {
    if (bytes.length < prefix.length) {
      return false;
    }
    for (int i = 0; i < prefix.length; i++) {
      if (bytes[i] != prefix[i]) {
        return false;
      }
    }
    return true;
  }
}
