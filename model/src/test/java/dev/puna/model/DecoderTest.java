package dev.puna.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.program.Op;
import dev.puna.program.Program;
import dev.puna.program.StateSpec;
import dev.puna.program.Value;
import dev.puna.program.Weight;
import java.util.List;
import org.junit.jupiter.api.Test;

class DecoderTest {
  private static String line(Op op) {
    return op.getClass().getSimpleName() + " " + op.out().name() + " " + op.out().cols();
  }

  private static List<String> layer(int i) {
    String layer = "blk." + i + ".";
    return List.of(
        "Norm " + layer + "attn_norm 8",
        "Linear " + layer + "attn_q 8",
        "Linear " + layer + "attn_k 4",
        "Linear " + layer + "attn_v 4",
        "Rope " + layer + "attn_q_rope 8",
        "Rope " + layer + "attn_k_rope 4",
        "Attend " + layer + "attn 8",
        "Linear " + layer + "attn_output 8",
        "Add " + layer + "attn_residual 8",
        "Norm " + layer + "ffn_norm 8",
        "Linear " + layer + "ffn_gate 12",
        "Linear " + layer + "ffn_up 12",
        "Glu " + layer + "ffn_glu 12",
        "Linear " + layer + "ffn_down 8",
        "Add " + layer + "layer_out 8");
  }

  @Test
  void recordsTheOpsOfTheTransformer() {
    Program program = Decoder.record(Tiny.spec());
    List<String> ops = program.ops().stream().map(DecoderTest::line).toList();
    assertThat(ops).hasSize(1 + 2 * 15 + 3);
    assertThat(ops.getFirst()).isEqualTo("Embed token_embd 8");
    assertThat(ops.subList(1, 16)).isEqualTo(layer(0));
    assertThat(ops.subList(16, 31)).isEqualTo(layer(1));
    assertThat(ops.subList(31, 34))
        .containsExactly("SelectRows selected 8", "Norm output_norm 8", "Linear logits 10");
  }

  @Test
  void namesAreUniqueAndValuesWrittenBeforeTheyAreRead() {
    Program program = Decoder.record(Tiny.spec());
    List<Value> written = program.ops().stream().map(Op::out).toList();
    assertThat(written).extracting(Value::name).doesNotHaveDuplicates();
    for (int i = 0; i < written.size(); i++) {
      assertThat(written.subList(0, i)).containsAll(program.ops().get(i).in());
    }
    assertThat(program.weights()).extracting(Weight::name).doesNotHaveDuplicates();
  }

  /** Both residual additions keep the stream: they read what the norm before them read. */
  @Test
  void partsAreAddedToWhatTheyNormalized() {
    List<Op> ops = Decoder.record(Tiny.spec()).ops();
    for (int start : List.of(1, 10)) {
      Op.Norm norm = (Op.Norm) ops.get(start);
      Op.Add add = (Op.Add) ops.get(start == 1 ? 9 : 15);
      assertThat(add.a()).isEqualTo(norm.x());
    }
  }

  @Test
  void eachLayerKeepsItsKeysAndValues() {
    assertThat(Decoder.record(Tiny.spec()).states())
        .containsExactly(new StateSpec.PerToken(2, 2, 2), new StateSpec.PerToken(2, 2, 2));
  }

  @Test
  void onlyWantedRowsReachTheHead() {
    Program program = Decoder.record(Tiny.spec());
    Value logits = program.result(Decoder.LOGITS);
    assertThat(logits.rows()).isEqualTo(Value.Rows.OUTPUTS);
    assertThat(program.ops())
        .filteredOn(op -> op.out().name().startsWith("blk."))
        .allMatch(op -> op.out().rows() == Value.Rows.TOKENS);
    assertThat(program.ops().get(30).out().name()).isEqualTo(Decoder.layerOut(Tiny.spec(), 1));
  }

  @Test
  void aTiedHeadReadsTheEmbeddingTable() {
    Program tied = Decoder.record(Tiny.spec("tie_word_embeddings", true));
    assertThat(tied.ops().getLast().weights())
        .containsExactly(new Weight("token_embd.weight", 10, 8));
    long own = Decoder.record(Tiny.spec()).parameters();
    assertThat(own - tied.parameters()).isEqualTo(10 * 8);
  }

  @Test
  void biasesStandWhereTheSpecSaysSo() {
    Program program = Decoder.record(Tiny.spec("attention_bias", true));
    assertThat(program.weights())
        .filteredOn(w -> w.name().endsWith(".bias"))
        .extracting(Weight::name)
        .startsWith("blk.0.attn_q.bias", "blk.0.attn_k.bias", "blk.0.attn_v.bias")
        .contains("blk.1.attn_output.bias")
        .hasSize(8);
  }
}
