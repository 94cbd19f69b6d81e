package dev.puna.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a flight recording tells of a text. */
class EventsTest {
  @TempDir private Path folder;

  @Test
  void stepsRequestsAndTokensAreRecorded() throws IOException {
    Path model = Fixtures.folder("llama_gqa");
    Assumptions.assumeTrue(Files.exists(model), "needs " + model);
    Path file = folder.resolve("recording.jfr");
    Options options = Options.defaults().device("reference").context(64);
    try (Engine engine = Engine.open(model, options);
        Recording recording = new Recording()) {
      recording.enable("puna.Step").withThreshold(java.time.Duration.ZERO);
      recording.enable("puna.Request").withThreshold(java.time.Duration.ZERO);
      recording.enable("puna.Token").withThreshold(java.time.Duration.ZERO);
      recording.start();
      Stop stop = new Stop(9, List.of(), true);
      engine.submit(new Request(new int[] {1, 2, 3}, Sampling.greedy(), stop)).await();
      engine.load(); // the step is over, and told, when the engine answers
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events = RecordingFile.readAllEvents(file);
    List<RecordedEvent> steps = named(events, "puna.Step");
    assertThat(steps).hasSize(9); // the prompt's gives the first token
    assertThat(steps.getFirst().getInt("rows")).isEqualTo(3);
    assertThat(steps.getLast().getInt("rows")).isEqualTo(1);
    assertThat(named(events, "puna.Token")).hasSize(9);
    RecordedEvent request = named(events, "puna.Request").getFirst();
    assertThat(request.getInt("promptTokens")).isEqualTo(3);
    assertThat(request.getInt("tokens")).isEqualTo(9);
    assertThat(request.getString("finish")).isEqualTo("LENGTH");
    assertThat(request.getDuration("prefill")).isPositive();
  }

  private static List<RecordedEvent> named(List<RecordedEvent> events, String name) {
    return events.stream()
        .filter(e -> e.getEventType().getName().equals(name))
        .sorted(java.util.Comparator.comparing(RecordedEvent::getStartTime))
        .toList();
  }
}
