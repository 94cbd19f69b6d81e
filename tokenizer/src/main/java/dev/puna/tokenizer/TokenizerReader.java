package dev.puna.tokenizer;

import dev.puna.formats.Config;
import dev.puna.formats.Gguf;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tells the kinds of tokenizer files apart and reads each. */
public final class TokenizerReader {
  private TokenizerReader() {}

  /**
   * The tokenizer of a file (tokenizer.model, llama2.c's tokenizer.bin, a GGUF's vocabulary) or of
   * a model's directory.
   *
   * @throws PunaException if there is none, or it is damaged or of an unknown kind
   */
  public static Tokenizer read(Path path) {
    if (!Files.exists(path)) {
      throw new PunaException(path + " does not exist", "give a tokenizer's file");
    }
    if (Files.isDirectory(path)) {
      return ofFolder(path);
    }
    if (isGguf(path)) {
      try (Gguf file = Gguf.open(path)) {
        return GgufVocabulary.read(path.toString(), file.metadata());
      }
    }
    return path.toString().endsWith(".bin")
        ? Llama2cTokenizer.read(path)
        : SentencePieceModel.read(path);
  }

  /** Whether a model's directory has a tokenizer. */
  public static boolean isIn(Path folder) {
    return Files.exists(folder.resolve("tokenizer.model"));
  }

  /** The error for a place that has no tokenizer. */
  public static PunaException none(Path path) {
    return new PunaException(path + " carries no tokenizer", "give one with --tokenizer FILE");
  }

  private static Tokenizer ofFolder(Path folder) {
    Path model = folder.resolve("tokenizer.model");
    if (Files.exists(model)) {
      return new SentencePieceBpe(marked(SentencePieceModel.vocabulary(model), folder));
    }
    if (Files.exists(folder.resolve("tokenizer.json"))) {
      throw new PunaException(
          folder + " has only tokenizer.json, which cannot be read yet",
          "put the model's tokenizer.model beside it, or use a GGUF version");
    }
    throw none(folder);
  }

  /** Whether texts begin and end with a token is not in tokenizer.model but beside it. */
  private static SentencePieceVocabulary marked(SentencePieceVocabulary v, Path folder) {
    Path file = folder.resolve("tokenizer_config.json");
    if (!Files.exists(file)) {
      return v;
    }
    Config config = Config.read(file);
    Special s = v.special();
    Special marked =
        new Special(
            s.bos(),
            s.eos(),
            s.unk(),
            s.pad(),
            config.flag("add_bos_token", s.addBos()),
            config.flag("add_eos_token", s.addEos()));
    return new SentencePieceVocabulary(v.pieces(), v.scores(), v.types(), v.options(), marked);
  }

  private static boolean isGguf(Path path) {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] magic = in.readNBytes(4);
      return new String(magic, StandardCharsets.ISO_8859_1).equals("GGUF")
          || path.toString().endsWith(".gguf");
    } catch (IOException e) {
      throw new PunaException(path + " cannot be read", String.valueOf(e.getMessage()), e);
    }
  }
}
