package dev.puna.tokenizer;

import dev.puna.formats.Config;
import dev.puna.formats.Gguf;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import dev.puna.tokenizer.files.MergesText;
import dev.puna.tokenizer.files.Tekken;
import dev.puna.tokenizer.files.Tiktoken;
import dev.puna.tokenizer.files.VocabularyText;
import dev.puna.tokenizer.json.SpecialNames;
import dev.puna.tokenizer.json.TokenizerJson;
import dev.puna.tokenizer.json.VocabularyJson;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Tells the kinds of tokenizer files apart and reads each. */
public final class TokenizerReader {
  private TokenizerReader() {}

  /** The files that hold a tokenizer, the most complete kind first. */
  private static final List<String> FILES =
      List.of(
          "tokenizer.json",
          "tokenizer.model",
          "ice_text.model",
          "tekken.json",
          "vocab.json",
          "vocab.txt");

  /**
   * The tokenizer of a file (tokenizer.json, tokenizer.model, ice_text.model, tiktoken's files,
   * tekken.json, vocab.json beside merges.txt, vocab.txt, llama2.c's tokenizer.bin, a GGUF's
   * vocabulary) or of a model's directory. What lies beside the file is heeded:
   * tokenizer_config.json, special_tokens_map.json, added_tokens.json.
   *
   * @throws PunaException if there is none, or it is damaged or of an unknown kind
   */
  public static Tokenizer read(Path path) {
    if (!Files.exists(path)) {
      throw new PunaException(path + " does not exist", "give a tokenizer's file");
    }
    if (Files.isDirectory(path)) {
      return read(inFolder(path).orElseThrow(() -> none(path)));
    }
    if (Gguf.is(path)) {
      try (Gguf file = Gguf.open(path)) {
        return GgufVocabulary.read(path.toString(), file.metadata());
      }
    }
    Path folder = path.toAbsolutePath().getParent();
    return ofFile(path, folder == null ? path : folder);
  }

  private static Tokenizer ofFile(Path path, Path folder) {
    String name = String.valueOf(path.getFileName());
    String where = path.toString();
    if (name.endsWith(".bin")) {
      return Llama2cTokenizer.read(path);
    }
    if (name.equals("merges.txt") || name.equals("vocab.json")) {
      return mergesText(folder);
    }
    byte[] file = TokenizerFile.read(path);
    if (name.equals("tekken.json")) {
      return Tekken.read(where, file);
    }
    if (name.endsWith(".json")) {
      return TokenizerJson.read(where, file, SpecialNames.of(folder));
    }
    if (name.endsWith(".txt")) {
      return VocabularyText.read(where, file, SpecialNames.of(folder));
    }
    if (name.endsWith(".tiktoken") || Tiktoken.matches(file)) {
      return Tiktoken.read(where, file, SpecialNames.of(folder));
    }
    return sentencePiece(name, SentencePieceModel.vocabulary(where, file), folder);
  }

  private static Tokenizer mergesText(Path folder) {
    Path vocabulary = folder.resolve("vocab.json");
    Path merges = folder.resolve("merges.txt");
    Path added = folder.resolve("added_tokens.json");
    return MergesText.read(
        merges.toString(),
        VocabularyJson.read(vocabulary.toString(), TokenizerFile.read(vocabulary)),
        TokenizerFile.read(merges),
        Files.isRegularFile(added)
            ? VocabularyJson.read(added.toString(), TokenizerFile.read(added))
            : Map.of(),
        SpecialNames.of(folder));
  }

  /** Whether a model's directory has a tokenizer. */
  public static boolean isIn(Path folder) {
    return inFolder(folder).isPresent();
  }

  private static Optional<Path> inFolder(Path folder) {
    for (String name : FILES) {
      if (Files.isRegularFile(folder.resolve(name))) {
        return Optional.of(folder.resolve(name));
      }
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.tiktoken")) {
      for (Path file : files) {
        return Optional.of(file);
      }
      return Optional.empty();
    } catch (IOException e) {
      throw new PunaException(folder + " cannot be listed", String.valueOf(e.getMessage()), e);
    }
  }

  /** The error for a place that has no tokenizer. */
  public static PunaException none(Path path) {
    return new PunaException(path + " carries no tokenizer", "give one with --tokenizer FILE");
  }

  private static Tokenizer sentencePiece(String name, SentencePieceVocabulary v, Path folder) {
    Path file = folder.resolve("tokenizer_config.json");
    if (ChatGlmTokenizer.owns(name, v)) {
      Config config = Files.exists(file) ? Config.read(file) : null;
      return new ChatGlmTokenizer(v, ChatGlmTokenizer.images(config));
    }
    SpecialNames names = SpecialNames.of(folder);
    return SentencePieceTokenizer.of(
        names.tokenizerClass().equals("ChatGLMTokenizer")
            ? ChatGlmPieces.later(v)
            : marked(v, names));
  }

  /**
   * What is not in tokenizer.model but beside it: whether texts begin and end with a token, and
   * which tokens were added.
   */
  private static SentencePieceVocabulary marked(SentencePieceVocabulary v, SpecialNames names) {
    Special s = v.special();
    Special marked =
        new Special(
            s.bos(),
            s.eos(),
            s.unk(),
            s.pad(),
            names.flag("add_bos_token", s.addBos()),
            names.flag("add_eos_token", s.addEos()));
    List<String> pieces = new ArrayList<>(v.pieces());
    List<PieceType> types = new ArrayList<>(List.of(v.types()));
    for (Map.Entry<Integer, Config> token : new TreeMap<>(names.added()).entrySet()) {
      String content = token.getValue().text("content");
      int id = token.getKey();
      PieceType type =
          token.getValue().flag("special", false) ? PieceType.CONTROL : PieceType.USER_DEFINED;
      if (id < pieces.size() && !pieces.get(id).equals(content)) {
        pieces.set(id, content);
        types.set(id, type);
      } else if (id == pieces.size() && !content.isEmpty()) {
        pieces.add(content);
        types.add(type);
      }
    }
    return new SentencePieceVocabulary(
        v.kind(),
        pieces,
        Arrays.copyOf(v.scores(), pieces.size()),
        types.toArray(PieceType[]::new),
        v.options(),
        marked);
  }
}
