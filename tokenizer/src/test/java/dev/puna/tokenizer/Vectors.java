package dev.puna.tokenizer;

import java.util.List;
import java.util.Map;

/** What another implementation makes of texts. */
record Vectors(int size, int bos, int eos, int unk, int pad, List<Case> cases) {
  record Case(String text, int[] ids, List<Object> pieces, String decoded) {}

  /** The vectors of sentencepiece 0.1.97 in shared/tokenizers/vectors. */
  @SuppressWarnings("unchecked")
  static Vectors read(String name) {
    Map<String, Object> file = Json.object(Shared.text("tokenizers/vectors/" + name + ".json"));
    List<Case> cases =
        ((List<Object>) file.get("cases"))
            .stream()
                .map(c -> (Map<String, Object>) c)
                .map(
                    c ->
                        new Case(
                            (String) c.get("text"),
                            ints((List<Object>) c.get("ids")),
                            (List<Object>) c.get("pieces"),
                            (String) c.get("decoded")))
                .toList();
    return new Vectors(
        (int) file.get("vocab_size"),
        (int) file.get("bos"),
        (int) file.get("eos"),
        (int) file.get("unk"),
        (int) file.get("pad"),
        cases);
  }

  private static int[] ints(List<Object> numbers) {
    return numbers.stream().mapToInt(n -> (Integer) n).toArray();
  }
}
