package dev.puna.program;

import dev.puna.tensor.DType;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Attention beside the plain one of {@link OpContract}; what every backend must compute. */
public abstract class AttentionContract extends Contract {
  /** What is beside the plain attention. */
  private record Extras(Mask mask, Scores scores, boolean sinks, boolean valuesInKeys) {}

  static Stream<Arguments> scores() {
    Mask causal = new Mask.Causal();
    return Stream.of(
        Arguments.of("cap", causal, Scores.capped(1.5f), false),
        Arguments.of("cap in a window", new Mask.Sliding(70), Scores.capped(0.3f), false),
        Arguments.of("sinks", causal, Scores.PLAIN, true),
        Arguments.of("sinks in a window", new Mask.Sliding(3), Scores.PLAIN, true),
        Arguments.of("slopes", causal, Scores.biased(Scores.Alibi.of(6, 8, 1)), false),
        Arguments.of("growth", causal, new Scores(0, new Scores.None(), 8), false),
        Arguments.of("buckets", causal, Scores.biased(new Scores.Buckets(32, 128, false)), false),
        Arguments.of("near buckets", causal, Scores.biased(new Scores.Buckets(8, 12, true)), false),
        Arguments.of("all", causal, new Scores(5, Scores.Alibi.of(6, 8, 0.5), 16), true));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void scores(String name, Mask mask, Scores scores, boolean sinks) {
    for (int size : new int[] {5, 16, 64}) {
      for (boolean inKeys : new boolean[] {false, true}) {
        Extras extras = new Extras(mask, scores, sinks, inKeys);
        agree(new Heads(6, 2, size, size - 1, 0.4f), extras);
      }
    }
  }

  /** Heads, keys' and values' columns. */
  @ParameterizedTest
  @CsvSource({"1,1,1,1", "4,1,24,16", "4,2,6,5", "16,1,80,64", "2,2,13,13"})
  void valuesInKeys(int query, int kv, int size, int valueSize) {
    Heads heads = new Heads(query, kv, size, valueSize, (float) (1 / Math.sqrt(size)));
    agree(heads, new Extras(new Mask.Causal(), Scores.PLAIN, false, true));
    agree(heads, new Extras(new Mask.Sliding(5), Scores.PLAIN, false, true));
  }

  /**
   * Values are never computed where the cache has half precision: of a token that sees but itself
   * the result would be a number that may lie astride a rounding boundary.
   */
  private void agree(Heads heads, Extras extras) {
    for (DType cache : List.of(DType.F32, DType.F16)) {
      mixed(attention(heads, extras, false), DType.F16, cache);
      if (cache == DType.F32 || !extras.valuesInKeys) {
        mixed(attention(heads, extras, true), DType.F16, cache);
      }
    }
  }

  /** Attention of embeddings, or of their projections. */
  private static Program attention(Heads h, Extras extras, boolean projected) {
    return program(
        r -> {
          Value x = r.embed("x", r.weight("table", VOCABULARY, 32));
          Value q = rows(r, x, "q", h.query() * h.size(), projected);
          Value k = rows(r, x, "k", h.kv() * h.size(), projected);
          @Nullable Value v =
              extras.valuesInKeys ? null : rows(r, x, "v", h.kv() * h.valueSize(), false);
          @Nullable Weight table =
              extras.scores.bias() instanceof Scores.Buckets b
                  ? r.weight("table.relative", b.count(), h.query())
                  : null;
          @Nullable Weight sinks = extras.sinks ? Weight.vector("sinks", h.query()) : null;
          Value a = r.attend("a", q, k, v, h, extras.mask, extras.scores, table, sinks);
          return r.activate("y", a, Activation.SILU);
        });
  }

  private static Value rows(Recorder r, Value x, String name, int cols, boolean projected) {
    return projected
        ? r.linear(name, x, cols, false)
        : r.embed(name, r.weight("table." + name, VOCABULARY, cols));
  }

  /**
   * Heads, keys' and values' columns, with keys and values in blocks of 8-bit numbers. They are not
   * computed: of one astride a rounding boundary the two sides would store two numbers.
   */
  @ParameterizedTest
  @CsvSource({"1,1,32,32", "4,2,64,32", "6,3,32,96", "8,1,128,128"})
  void blocks(int query, int kv, int size, int valueSize) {
    Heads heads = new Heads(query, kv, size, valueSize, (float) (1 / Math.sqrt(size)));
    Mask causal = new Mask.Causal();
    for (boolean inKeys : new boolean[] {false, valueSize <= size}) {
      for (Scores scores : List.of(Scores.PLAIN, Scores.capped(1.5f))) {
        for (Mask mask : List.of(causal, new Mask.Sliding(70), new Mask.Sliding(3))) {
          Extras extras = new Extras(mask, scores, false, inKeys);
          mixed(attention(heads, extras, false), DType.F16, DType.Q8_0);
        }
      }
      mixed(
          attention(heads, new Extras(causal, Scores.PLAIN, true, inKeys), false),
          DType.F16,
          DType.Q8_0);
    }
  }

  /** Latent attention: values are fewer columns than keys, and may end within a block. */
  @ParameterizedTest
  @CsvSource({"16,1,96,64", "5,1,64,40", "2,2,32,13"})
  void blocksOfValuesInKeys(int query, int kv, int size, int valueSize) {
    Heads heads = new Heads(query, kv, size, valueSize, 0.3f);
    Extras extras = new Extras(new Mask.Causal(), Scores.PLAIN, false, true);
    mixed(attention(heads, extras, false), DType.F16, DType.Q8_0);
  }

  /** All that a sequence has may be seen; a prefix may; then it goes on token by token. */
  @Test
  void prefixes() {
    for (Scores scores : List.of(Scores.PLAIN, Scores.biased(new Scores.Buckets(32, 20, true)))) {
      Extras extras = new Extras(new Mask.Prefix(), scores, false, false);
      Program program = attention(Heads.of(4, 2, 12), extras, true);
      for (DType cache : List.of(DType.F32, DType.F16)) {
        Batches batches = new Batches(BLOCKS, BLOCK_SIZE, random);
        Batches.Sequence whole = batches.sequence(5, VOCABULARY, random);
        Batches.Sequence prefix = batches.sequence(37, VOCABULARY, random);
        Batches.Sequence none = batches.sequence(9, VOCABULARY, random);
        try (Pair pair = new Pair(program, DType.F32, cache)) {
          pair.step(
              step -> {
                whole.add(step, 5, true);
                step.readWhole(5);
                prefix.add(step, 27, true);
                step.readWhole(20);
                none.add(step, 2, true);
              });
          pair.compare();
          pair.step(
              step -> {
                prefix.add(step, 10, true);
                step.readWhole(20);
                none.add(step, 7, true);
              });
          pair.compare();
        }
      }
    }
  }

  @Test
  void blocksOfASource() {
    Heads heads = new Heads(6, 3, 64, 32, 0.3f);
    Recorder first = new Recorder();
    Value k = first.embed("k", first.weight("table", VOCABULARY, 3 * 64));
    Value v = first.embed("v", first.weight("table.v", VOCABULARY, 3 * 32));
    Program encoder = first.program(first.keep("y", k, v, 3));
    Recorder second = new Recorder(first.states());
    Value q = second.embed("q", second.weight("table.d", VOCABULARY, 6 * 64));
    Value a = second.attendSource("a", q, heads, 0);
    sources(encoder, second.program(second.plus("y", a, a)), DType.Q8_0);
  }

  /** A source is read by one program, and attended to by another that runs on the same state. */
  @ParameterizedTest
  @CsvSource({"4,4,8,8", "4,2,13,5", "2,1,64,64", "3,3,80,96"})
  void sources(int query, int kv, int size, int valueSize) {
    Heads heads = new Heads(query, kv, size, valueSize, 0.3f);
    Recorder first = new Recorder();
    Value x = first.embed("x", first.weight("table", VOCABULARY, 32));
    Value v = first.embed("v", first.weight("table.v", VOCABULARY, kv * valueSize));
    Value kept = first.keep("y", first.linear("k", x, kv * size, true), v, kv);
    Program encoder = first.program(kept);
    Recorder second = new Recorder(first.states());
    Value q = second.embed("x", second.weight("table.d", VOCABULARY, 32));
    Value a = second.attendSource("a", second.linear("q", q, query * size, true), heads, 0);
    Program decoder = second.program(second.plus("y", a, a));
    for (DType cache : List.of(DType.F32, DType.F16)) {
      sources(encoder, decoder, cache);
    }
  }

  private void sources(Program encoder, Program decoder, DType cache) {
    Batches batches = new Batches(BLOCKS, BLOCK_SIZE, random);
    List<Batches.Sequence> sources =
        List.of(batches.sequence(33, VOCABULARY, random), batches.sequence(3, VOCABULARY, random));
    List<Batches.Sequence> targets =
        List.of(
            batches.sequence(20, VOCABULARY, random),
            batches.sequence(20, VOCABULARY, random),
            batches.sequence(20, VOCABULARY, random));
    try (Pair reading = new Pair(encoder, DType.F32, cache);
        Pair writing = reading.on(decoder, DType.F32)) {
      for (int count : new int[] {3, 30}) {
        reading.step(
            step -> {
              sources.get(0).add(step, count, true);
              if (count == 3) {
                sources.get(1).add(step, 3, true);
              }
            });
        reading.compare();
      }
      for (int count : new int[] {1, 7}) {
        writing.step(
            step -> {
              for (int i = 0; i < targets.size(); i++) {
                targets.get(i).add(step, count, true);
                if (i < sources.size()) { // the last one has none
                  Batches.Sequence source = sources.get(i);
                  step.source(source.table(), source.blocks(), source.done());
                }
              }
            });
        writing.compare();
      }
    }
  }
}
