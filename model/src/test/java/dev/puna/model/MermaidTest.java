package dev.puna.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.program.Program;
import dev.puna.tensor.PunaException;
import org.junit.jupiter.api.Test;

class MermaidTest {
  @Test
  void drawsTheOpsOfOneLayer() {
    Program program = Decoder.record(Tiny.spec());
    String chart = Mermaid.draw(program, 1);
    assertThat(chart.lines().toList())
        .startsWith("flowchart TB", "  v15([\"blk.0.layer_out<br/>8 columns\"])")
        .contains(
            "  v17[\"Linear · attn_q<br/>attn_q.weight [8, 8]<br/>8 columns\"]",
            "  v16 --> v17",
            "  v15 --> v24", // the skip connection around attention
            "  s1[(\"KV cache\")] <-.-> v22")
        // one line for the chart, the value that enters, 15 ops, a cache, and 20 values read
        .hasSize(1 + 1 + 15 + 1 + 20);
  }

  @Test
  void tellsLayersApartThatBeginWithTheSameDigit() {
    Program program = Decoder.record(Tiny.spec("num_hidden_layers", 12));
    assertThat(Mermaid.draw(program, 1)).doesNotContain("blk.10", "blk.11");
  }

  @Test
  void refusesALayerThatIsNotThere() {
    assertThatThrownBy(() -> Mermaid.draw(Decoder.record(Tiny.spec()), 2))
        .isInstanceOf(PunaException.class)
        .message()
        .contains("no layer 2");
  }
}
