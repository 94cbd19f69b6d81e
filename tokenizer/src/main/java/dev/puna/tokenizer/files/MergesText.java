package dev.puna.tokenizer.files;

import dev.puna.formats.Config;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.Special;
import dev.puna.tokenizer.Tokenizer;
import dev.puna.tokenizer.decode.ByteLevelDecoder;
import dev.puna.tokenizer.gguf.ByteLevelForm;
import dev.puna.tokenizer.gguf.PreTokenizerNames;
import dev.puna.tokenizer.json.SpecialNames;
import dev.puna.tokenizer.normalize.Normalizer;
import dev.puna.tokenizer.normalize.UnicodeForm;
import dev.puna.tokenizer.pipeline.AddedToken;
import dev.puna.tokenizer.pipeline.Pipeline;
import dev.puna.tokenizer.split.ByteLevel;
import dev.puna.tokenizer.split.PatternSplit;
import dev.puna.tokenizer.split.PreTokenizer;
import dev.puna.tokenizer.split.Sequence;
import dev.puna.tokenizer.vocabulary.ByteBpe;
import dev.puna.tokenizer.vocabulary.MergeList;
import dev.puna.tokenizer.vocabulary.Pieces;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SequencedMap;

/** Byte-level BPE in two files, as GPT-2 has it: vocab.json and merges.txt. */
public final class MergesText {
  /** Names that mean a special token even if no file says so. */
  private static final List<String> SPECIAL =
      List.of("<|endoftext|>", "<s>", "</s>", "<pad>", "<unk>", "<mask>");

  private final String where;
  private final SpecialNames names;
  private final SequencedMap<String, Integer> vocabulary;
  private final SequencedMap<Integer, AddedToken> added = new LinkedHashMap<>();

  private MergesText(String where, SpecialNames names, SequencedMap<String, Integer> vocabulary) {
    this.where = where;
    this.names = names;
    this.vocabulary = vocabulary;
  }

  /**
   * The tokenizer. What cuts the text is GPT-2's expression unless the tokenizer's class is known
   * to have another one.
   *
   * @param where the file with the merges, for messages
   * @param vocabulary ids by piece
   * @param merges the merges, one a line, behind a line with a version
   * @param more ids of added tokens
   * @throws PunaException if the files are damaged or do not belong together
   */
  public static Tokenizer read(
      String where,
      SequencedMap<String, Integer> vocabulary,
      byte[] merges,
      Map<String, Integer> more,
      SpecialNames names) {
    MergesText files = new MergesText(where, names, vocabulary);
    files.findAdded(more);
    return files.tokenizer(merges(where, merges));
  }

  private static MergeList merges(String where, byte[] file) {
    MergeList merges = new MergeList();
    List<String> lines = new String(file, StandardCharsets.UTF_8).lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      boolean version = i == 0 && line.startsWith("#version");
      if (!version && !line.isEmpty() && !merges.add(line)) {
        throw new PunaException(
            "%s: line %d is not two pieces with a space between them".formatted(where, i + 1),
            "fetch the file again");
      }
    }
    return merges;
  }

  private void findAdded(Map<String, Integer> more) {
    for (Map.Entry<Integer, Config> token : names.added().entrySet()) {
      Config c = token.getValue();
      int id = token.getKey();
      added.put(
          id,
          new AddedToken(
              id,
              c.text("content"),
              c.flag("special", false),
              c.flag("normalized", true),
              c.flag("single_word", false),
              c.flag("lstrip", false),
              c.flag("rstrip", false)));
    }
    // What is only named here is special, as in the library `transformers`.
    more.forEach((name, id) -> added.putIfAbsent(id, AddedToken.plain(id, name, true)));
    for (String name : SPECIAL) {
      addSpecial(name);
    }
    names.all().forEach(this::addSpecial);
  }

  private void addSpecial(String name) {
    Integer id = vocabulary.get(name);
    if (id != null) {
      added.putIfAbsent(id, AddedToken.plain(id, name, true));
    }
  }

  private Tokenizer tokenizer(MergeList merges) {
    int size = vocabulary.values().stream().mapToInt(id -> id + 1).max().orElse(0);
    size = Math.max(size, added.keySet().stream().mapToInt(id -> id + 1).max().orElse(0));
    String[] pieces = new String[size];
    Arrays.fill(pieces, "");
    added.forEach((id, token) -> pieces[id] = token.content());
    vocabulary.forEach((piece, id) -> pieces[id] = piece);
    Pieces all = new Pieces(pieces);

    String kind = names.tokenizerClass();
    boolean composes = kind.startsWith("Qwen2");
    PreTokenizer split =
        PatternSplit.isolating(
            where,
            PreTokenizerNames.named(where, composes ? "qwen2" : "gpt-2").expressions().getFirst());
    List<PreTokenizer> stages = new ArrayList<>(List.of(split));
    if (names.flag("add_prefix_space", false)) {
      stages.addFirst(new ByteLevel.PrefixSpace());
    }
    Normalizer normalizer = composes ? new UnicodeForm(Form.NFC) : null;
    return new Pipeline(
        new Pipeline.Parts(
            all,
            new ArrayList<>(added.values()),
            normalizer,
            stages.size() == 1 ? split : new Sequence(stages),
            new ByteBpe(all, merges.table(where, all, ""), -1, false, false),
            new ByteLevelDecoder(),
            special(all, kind.startsWith("Roberta")),
            -1,
            new ByteLevelForm(() -> merges, stages, false)));
  }

  private Special special(Pieces pieces, boolean framed) {
    return new Special(
        id(pieces, "bos_token", framed ? "<s>" : "<|endoftext|>"),
        id(pieces, "eos_token", framed ? "</s>" : "<|endoftext|>"),
        id(pieces, "unk_token", ""),
        id(pieces, "pad_token", ""),
        names.flag("add_bos_token", framed),
        names.flag("add_eos_token", framed));
  }

  private OptionalInt id(Pieces pieces, String key, String otherwise) {
    String name = names.name(key);
    return pieces.id(name == null ? otherwise : name);
  }
}
