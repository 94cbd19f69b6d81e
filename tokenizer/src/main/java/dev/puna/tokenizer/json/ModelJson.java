package dev.puna.tokenizer.json;

import dev.puna.formats.Config;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.text.IntArray;
import dev.puna.tokenizer.vocabulary.MergeList;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The part "model" of a tokenizer.json: a vocabulary, merges, and options. */
final class ModelJson {
  /** Far above any real vocabulary: bounds what a damaged id can cost. */
  static final int ID_LIMIT = (1 << 21) - 1;

  private final JsonReader in;
  private final List<String> pieces = new ArrayList<>();
  private final IntArray ids = new IntArray();

  /** Scores of a Unigram's pieces. */
  private double[] scores = new double[1024];

  private final MergeList merges = new MergeList();
  private final Map<String, Object> options = new LinkedHashMap<>();

  private ModelJson(JsonReader in) {
    this.in = in;
  }

  static ModelJson read(JsonReader in) throws IOException {
    ModelJson model = new ModelJson(in);
    in.object(model::member);
    return model;
  }

  private void member(String key) throws IOException {
    switch (key) {
      case "vocab" -> {
        if (in.atObject()) {
          in.object(this::piece);
        } else {
          in.array(nothing -> scoredPiece());
        }
      }
      case "merges" -> in.array(nothing -> merge());
      default -> {
        Object value = in.value();
        if (value != null) {
          options.put(key, value);
        }
      }
    }
  }

  private void piece(String piece) throws IOException {
    add(piece, in.integer());
  }

  private void add(String piece, int id) {
    if (id < 0 || id > ID_LIMIT) {
      throw new PunaException(
          "%s: the piece '%s' has the id %d".formatted(in.where(), piece, id),
          "ids go from 0 to " + ID_LIMIT);
    }
    pieces.add(piece);
    ids.add(id);
  }

  private void scoredPiece() throws IOException {
    require(in.atArray() && in.next(), "a piece and its score");
    String piece = in.text();
    require(in.next(), "a score");
    if (pieces.size() == scores.length) {
      scores = Arrays.copyOf(scores, 2 * scores.length);
    }
    scores[pieces.size()] = in.number();
    add(piece, pieces.size());
    require(!in.next(), "a piece and its score");
  }

  private void merge() throws IOException {
    if (in.atArray()) {
      require(in.next(), "two pieces");
      merges.half(in.text());
      require(in.next(), "two pieces");
      merges.half(in.text());
      require(!in.next(), "two pieces");
    } else {
      String merge = in.text();
      require(merges.add(merge), "two pieces with a space between them, not '" + merge + "',");
    }
  }

  private void require(boolean holds, String wanted) {
    if (!holds) {
      throw new PunaException(
          "%s, model: %s is expected".formatted(in.where(), wanted), "get the file again");
    }
  }

  /** The options, "type" among them. */
  Config options() {
    return Config.of(in.where() + ", model", options);
  }

  MergeList merges() {
    return merges;
  }

  /** The scores by id. */
  double[] scores() {
    return Arrays.copyOf(scores, pieces.size());
  }

  /** The number of ids: the largest one and one more. */
  int size() {
    int size = 0;
    for (int i = 0; i < ids.size(); i++) {
      size = Math.max(size, ids.get(i) + 1);
    }
    return size;
  }

  /** The pieces by id, with room for more; empty where there is none. */
  String[] pieces(int size) {
    String[] byId = new String[size];
    Arrays.fill(byId, "");
    for (int i = 0; i < ids.size(); i++) {
      byId[ids.get(i)] = pieces.get(i);
    }
    return byId;
  }
}
