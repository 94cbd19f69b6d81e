package dev.puna.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.model.Checkpoint;
import dev.puna.program.Limits;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Passes on a model that an engine has loaded, whose steps are small and want few results. */
class LoadedModelTest {
  private static final int[] TEXT = {1, 403, 407, 261, 378, 421, 9, 77, 300};
  private static final Options OPTIONS = Options.defaults().device("reference").kvType(DType.F32);

  /** Two blocks of other sequences lie before the text's, which are in no order. */
  private static final Room ROOM = new Room(new int[] {5, 2, 3}, new int[0], 2);

  private static Checkpoint checkpoint() {
    Path at = Path.of("").toAbsolutePath();
    Path file = Path.of("models", "stories", "stories-7m-q8_0.gguf");
    while (!Files.exists(at.resolve(file))) {
      at = at.getParent();
    }
    return Checkpoint.open(at.resolve(file), null);
  }

  private static LoadedModel load(Checkpoint checkpoint) {
    Limits limits = new Limits(4, 1, 2, 6, 4);
    return new LoadedModel(checkpoint, OPTIONS, limits, limits);
  }

  @Test
  void fewResultsAtATimeAreAllResults() {
    try (Checkpoint checkpoint = checkpoint();
        LoadedModel model = load(checkpoint)) {
      Forward.Input input = Forward.Input.of(TEXT);
      for (boolean hidden : new boolean[] {false, true}) {
        Forward expected = Forward.of(checkpoint, input, OPTIONS, hidden);
        Forward forward = Forward.on(model, input, ROOM, hidden);
        assertThat(forward.logits()).isDeepEqualTo(expected.logits());
        assertThat(forward.hidden()).isDeepEqualTo(expected.hidden());
        assertThat(forward.last()).isDeepEqualTo(expected.last());
        assertThat(forward.last()).hasNumberOfRows(hidden ? TEXT.length : 0);
      }
    }
  }

  @Test
  void insightsAndRowsAreThoseOfAModelLoadedForThem() {
    Insight.Wanted wanted = new Insight.Wanted(true, true, 4, List.of(0, 5));
    try (Checkpoint checkpoint = checkpoint();
        LoadedModel model = load(checkpoint)) {
      Forward.Input input = Forward.Input.of(TEXT);
      Insight expected = Insight.of(checkpoint, input, OPTIONS, wanted);
      Insight insight = Insight.on(model, input, ROOM, wanted);
      assertThat(insight.layers()).hasSize(2);
      for (int l = 0; l < 2; l++) {
        Insight.Layer layer = insight.layers().get(l);
        Insight.Layer other = expected.layers().get(l);
        assertThat(layer.number()).isEqualTo(5 * l);
        assertThat(layer.hidden()).isDeepEqualTo(other.hidden());
        assertThat(layer.lens()).isEqualTo(other.lens());
        assertThat(((AttentionMap) layer.mixing()).head(1))
            .isDeepEqualTo(((AttentionMap) other.mixing()).head(1));
      }
      float[][] last = Forward.of(checkpoint, input, OPTIONS, true).last();
      List<float[][]> rows =
          TextRows.on(
              model,
              List.of(input, Forward.Input.of(1, 403)),
              List.of(ROOM, new Room(new int[] {0}, new int[0], 0)));
      assertThat(rows.get(0)).isDeepEqualTo(last);
      assertThat(rows.get(1)).isDeepEqualTo(new float[][] {last[0], last[1]});
      assertThat(TextRows.of(checkpoint, List.of(input), OPTIONS).getFirst()).isDeepEqualTo(last);
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    try (Checkpoint checkpoint = checkpoint();
        LoadedModel model = load(checkpoint)) {
      Room small = new Room(new int[] {5}, new int[0], 2);
      assertThatThrownBy(() -> Forward.on(model, Forward.Input.of(TEXT), small, false))
          .isInstanceOf(PunaException.class)
          .hasMessageContaining("9 tokens");
      assertThatThrownBy(() -> TextRows.on(model, List.of(Forward.Input.of(TEXT)), List.of(small)))
          .isInstanceOf(PunaException.class)
          .hasMessageContaining("9 tokens");
    }
  }
}
