package dev.puna.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.model.Checkpoint;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class EngineTest {
  private static final Options REFERENCE = Options.defaults().device("reference").context(64);

  private static Path bundled() {
    Path at = Path.of("").toAbsolutePath();
    Path file = Path.of("models", "stories", "stories-7m-q8_0.gguf");
    while (!Files.exists(at.resolve(file))) {
      at = at.getParent();
    }
    return at.resolve(file);
  }

  /** Requests that are computed together say what each says alone. */
  @Test
  void textsDoNotDependOnTheirCompany() {
    List<String> prompts = List.of("Once upon a time", "Lily and Tom went", "The dog");
    Sampling sampling = new Sampling(0.8, 40, 0.95, 5);
    List<Generation.Result> together;
    try (Engine engine = Engine.open(bundled(), REFERENCE.parallel(2))) {
      together =
          prompts.stream().map(p -> engine.submit(p, sampling, Stop.after(8))).toList().stream()
              .map(Generation::await)
              .toList();
    }
    for (int i = 0; i < prompts.size(); i++) {
      try (Engine engine = Engine.open(bundled(), REFERENCE)) {
        Generation.Result alone = engine.submit(prompts.get(i), sampling, Stop.after(8)).await();
        assertThat(together.get(i).text()).isEqualTo(alone.text()).isNotEmpty();
        assertThat(together.get(i).tokens()).isEqualTo(alone.tokens());
      }
    }
  }

  @Test
  void theContextIsTheEnd() {
    try (Engine engine = Engine.open(bundled(), REFERENCE.context(12))) {
      Stop stop = new Stop(100, List.of(), true);
      Request request = new Request(new int[] {1, 300, 301}, Sampling.greedy(), stop);
      Generation.Result result = engine.submit(request).await();
      assertThat(result.tokens()).hasSize(9);
      assertThat(result.finish()).isEqualTo(Generation.Finish.LENGTH);
    }
  }

  @Test
  void closingEndsWhatIsRunning() {
    Engine engine = Engine.open(bundled(), REFERENCE);
    Generation generation = engine.submit("Once", Sampling.greedy(), Stop.after(60));
    engine.close();
    assertThat(generation.await().finish())
        .isIn(Generation.Finish.CANCELLED, Generation.Finish.STOP, Generation.Finish.LENGTH);
  }

  @Test
  void refusesWhatDoesNotFitAndSaysWhatWould() {
    try (Checkpoint checkpoint = Checkpoint.open(bundled(), null)) {
      // keys and values of 8 layers, 2 heads of 64, in single precision: 8 KiB a token
      Options single = REFERENCE.kvType(DType.F32);
      assertThatThrownBy(() -> Memory.require(checkpoint, 1 << 20, single, 512, 4L << 30))
          .isInstanceOf(PunaException.class)
          .hasMessageContaining("KV cache of 1048576 tokens 8 GiB")
          .hasMessageContaining("where 4 GiB are available")
          .hasMessageContaining("-c 262144) would fit");
      // a quantized model keeps them in half precision
      assertThatThrownBy(() -> Memory.require(checkpoint, 1 << 20, REFERENCE, 512, 4L << 30))
          .hasMessageContaining("KV cache of 1048576 tokens 4 GiB")
          .hasMessageContaining("-c 524288) would fit");
      assertThatThrownBy(() -> Memory.require(checkpoint, 64, REFERENCE, 64, 7L << 20))
          .hasMessageContaining("as Q4_0 would fit");
      assertThatThrownBy(() -> Memory.require(checkpoint, 64, REFERENCE, 64, 1 << 20))
          .hasMessageContaining("take a smaller model");
      Memory.require(checkpoint, 1024, REFERENCE, 512, 1L << 30);
    }
  }
}
