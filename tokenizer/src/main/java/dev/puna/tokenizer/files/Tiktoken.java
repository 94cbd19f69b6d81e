package dev.puna.tokenizer.files;

import dev.puna.formats.Config;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.Special;
import dev.puna.tokenizer.Tokenizer;
import dev.puna.tokenizer.json.SpecialNames;
import dev.puna.tokenizer.normalize.Normalizer;
import dev.puna.tokenizer.normalize.UnicodeForm;
import dev.puna.tokenizer.pipeline.AddedToken;
import dev.puna.tokenizer.text.ByteAlphabet;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** tiktoken's files: lines of a piece in base64 and its rank, which is its id. */
public final class Tiktoken {
  private static final String MEND = "fetch the file again";
  private static final int ID_LIMIT = (1 << 21) - 1;

  private Tiktoken() {}

  /** Whether a file looks like one of these. */
  public static boolean matches(byte[] file) {
    int end = 0;
    while (end < Math.min(file.length, 1000) && file[end] != '\n') {
      end++;
    }
    String line = new String(file, 0, end, StandardCharsets.ISO_8859_1).strip();
    return line.matches("[A-Za-z0-9+/]+=* \\d+");
  }

  /**
   * The tokenizer of a file. What cuts the text, and what special tokens there are, is not in it:
   * the model's family says so, which is known by its tokenizer's class or by the number of ranks.
   *
   * @throws PunaException if the file is damaged or of a family that is not known
   */
  public static Tokenizer read(String where, byte[] file, SpecialNames names) {
    Map<Integer, String> pieces = pieces(where, file);
    int ranks = pieces.keySet().stream().mapToInt(id -> id + 1).max().orElse(0);
    TiktokenFamily family = TiktokenFamily.of(where, names.tokenizerClass(), ranks);
    SequencedMap<Integer, AddedToken> added = new LinkedHashMap<>();
    family.special(ranks).forEach((name, id) -> added.put(id, AddedToken.plain(id, name, true)));
    for (Map.Entry<Integer, Config> token : names.added().entrySet()) {
      Config config = token.getValue();
      int id = token.getKey();
      if (id >= ranks && id <= ID_LIMIT) {
        added.put(id, AddedToken.plain(id, config.text("content"), config.flag("special", true)));
      }
    }
    int size = added.keySet().stream().mapToInt(id -> id + 1).max().orElse(ranks);
    String[] all = new String[Math.max(size, ranks)];
    Arrays.fill(all, "");
    pieces.forEach((id, piece) -> all[id] = piece);
    added.forEach((id, token) -> all[id] = token.content());
    Normalizer normalizer = family.composes() ? new UnicodeForm(Form.NFC) : null;
    return new Ranks(
            where,
            all,
            0,
            ranks,
            new ArrayList<>(added.values()),
            normalizer,
            family.expression(where))
        .tokenizer(special(family, names, added.values()));
  }

  private static Special special(
      TiktokenFamily family, SpecialNames names, Iterable<AddedToken> added) {
    Map<String, Integer> ids = new HashMap<>();
    added.forEach(token -> ids.put(token.content(), token.id()));
    OptionalInt bos = id(ids, names.name("bos_token"), family.bos());
    OptionalInt eos = id(ids, names.name("eos_token"), family.eos());
    return new Special(
        bos,
        eos,
        OptionalInt.empty(),
        id(ids, names.name("pad_token"), null),
        bos.isPresent() && names.flag("add_bos_token", true),
        false);
  }

  private static OptionalInt id(
      Map<String, Integer> ids, @Nullable String name, @Nullable String otherwise) {
    Integer id = ids.get(name == null ? otherwise : name);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  private static Map<Integer, String> pieces(String where, byte[] file) {
    Map<Integer, String> pieces = new HashMap<>();
    List<String> lines = new String(file, StandardCharsets.ISO_8859_1).lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty()) {
        continue;
      }
      int space = line.indexOf(' ');
      int id = space < 0 ? -1 : number(line.substring(space + 1));
      if (id < 0 || id > ID_LIMIT) {
        throw new PunaException(
            "%s: line %d is not a piece in base64 and its rank".formatted(where, i + 1), MEND);
      }
      try {
        byte[] bytes = Base64.getDecoder().decode(line.substring(0, space));
        pieces.put(id, ByteAlphabet.piece(bytes));
      } catch (IllegalArgumentException e) {
        throw new PunaException("%s: line %d is not base64".formatted(where, i + 1), MEND, e);
      }
    }
    return pieces;
  }

  private static int number(String digits) {
    return digits.matches("\\d{1,7}") ? Integer.parseInt(digits) : -1;
  }
}
