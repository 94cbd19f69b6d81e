package dev.puna.formats;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.puna.tensor.PunaException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * What a file is by its first bytes; only to tell a user what he has, and to choose how it is read.
 */
enum FileKind {
  GGUF("a GGUF file", "open it as GGUF: its name should end in .gguf"),
  OLD_GGML("a GGML file from before GGUF", "convert the original model to GGUF"),
  LLAMA2C("a llama2.c file", "name it as the model itself, with --tokenizer"),
  ZIP(
      "a zip archive (as PyTorch's .bin and .pth are)",
      "name the folder that holds it and config.json or params.json"),
  PICKLE(
      "a Python pickle (as old PyTorch files are)",
      "name the folder that holds it and config.json or params.json"),
  COMPRESSED("a compressed file", "unpack it first"),
  WEB_PAGE("a web page", "download the file itself, not the page about it"),
  LFS_POINTER("a Git LFS pointer", "fetch the real file with: git lfs pull"),
  SAFETENSORS("a safetensors file", "its name should end in .safetensors"),
  JSON("a JSON text", "name the file with the weights, or the folder that holds it"),
  UNKNOWN("something else", "check the path; if it is right, the file is damaged");

  private static final int HEAD = 64;

  private final String is;
  private final String mend;

  FileKind(String is, String mend) {
    this.is = is;
    this.mend = mend;
  }

  /** The error for a file that is not what was {@code wanted} ("a GGUF file"). */
  static PunaException refuse(MappedFile file, String wanted) {
    FileKind kind = of(file.data());
    return new PunaException(file.path() + " is not " + wanted + " but " + kind.is, kind.mend);
  }

  static FileKind of(MemorySegment data) {
    byte[] bytes = data.asSlice(0, Math.min(HEAD, data.byteSize())).toArray(JAVA_BYTE);
    String head = new String(bytes, StandardCharsets.ISO_8859_1);
    String text = head.strip().toLowerCase(Locale.ROOT);
    if (head.startsWith("GGUF")) {
      return GGUF;
    }
    // Before the others: its first bytes are a length, which may look like their magic numbers.
    if (head.length() > 9 && head.charAt(8) == '{' && head.startsWith("\0\0", 6)) {
      return SAFETENSORS;
    }
    // Magic numbers written as little-endian integers appear backwards.
    if (startsWithAny(head, "lmgg", "fmgg", "tjgg")) {
      return OLD_GGML;
    }
    if (head.startsWith("24ka")) {
      return LLAMA2C;
    }
    if (startsWithAny(head, "PK\3\4", "PK\5\6")) {
      return ZIP;
    }
    if (startsWithAny(head, "\u0080\2", "\u0080\3", "\u0080\4", "\u0080\5")) {
      return PICKLE;
    }
    if (startsWithAny(head, "\u001f\u008b", "BZh", "\u00fd7zXZ", "(\u00b5/\u00fd")) {
      return COMPRESSED;
    }
    if (startsWithAny(text, "<!doctype", "<html", "<?xml")) {
      return WEB_PAGE;
    }
    if (head.startsWith("version https://git-lfs")) {
      return LFS_POINTER;
    }
    return text.startsWith("{") ? JSON : UNKNOWN;
  }

  private static boolean startsWithAny(String head, String... magics) {
    for (String magic : magics) {
      if (head.startsWith(magic)) {
        return true;
      }
    }
    return false;
  }
}
