package dev.puna.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConsolidatedTest {
  @TempDir Path folder;

  /** One of two shards of a layer of width 2; its numbers begin at {@code first}. */
  static byte[] shard(float first) {
    TorchWriter writer = new TorchWriter();
    for (String name :
        List.of("tok_embeddings", "layers.0.attention.wq", "layers.0.attention.wo", "layers.0.x")) {
      writer.add(name + ".weight", List.of(2L, 1L), first, first + 1);
    }
    writer.add("output.weight", List.of(1L, 2L), first, first + 1);
    writer.add("layers.0.attention.wk.weight", List.of(1L, 2L), first, first + 1);
    return writer.add("norm.weight", List.of(2L), 7, 8).zip();
  }

  private void check(Consolidated file, String name, long rows, float... numbers) {
    StoredTensor tensor = file.tensors().get(name);
    assertThat(tensor.shape()).containsExactly(rows, numbers.length / rows);
    assertThat(tensor.matrix().toArray()).as(name).containsExactly(numbers);
  }

  @Test
  void mergesEachMatrixAlongItsAxis() throws IOException {
    Files.write(folder.resolve("consolidated.00.pth"), shard(0));
    Files.write(folder.resolve("consolidated.01.pth"), shard(10));
    assertThat(Consolidated.isIn(folder)).isTrue();
    try (Consolidated file = Consolidated.open(folder, 2, 2)) {
      check(file, "tok_embeddings.weight", 2, 0, 10, 1, 11);
      check(file, "layers.0.attention.wq.weight", 4, 0, 1, 10, 11);
      check(file, "layers.0.attention.wo.weight", 2, 0, 10, 1, 11);
      check(file, "layers.0.attention.wk.weight", 2, 0, 1, 10, 11);
      check(file, "output.weight", 2, 0, 1, 10, 11);
      assertThat(file.tensors().get("norm.weight").matrix().toArray()).containsExactly(7, 8);
      try (Arena arena = Arena.ofShared()) {
        assertThat(file.tensors().get("output.weight").data(arena).scope())
            .isEqualTo(arena.scope());
      }
    }
    // LLaMA 3 divides the table by rows; and one key head is in both shards
    try (Consolidated file = Consolidated.open(folder, 1, 1)) {
      check(file, "tok_embeddings.weight", 4, 0, 1, 10, 11);
      check(file, "layers.0.attention.wk.weight", 1, 0, 1);
    }
  }

  @Test
  void refusesShardsThatDoNotBelongTogether() throws IOException {
    Files.write(folder.resolve("consolidated.00.pth"), shard(0));
    Files.write(folder.resolve("consolidated.02.pth"), shard(1));
    assertThatThrownBy(() -> Consolidated.open(folder, 2, 2)).message().contains("lacks consol");
    byte[] other = new TorchWriter().add("norm.weight", List.of(2L), 7, 8).zip();
    Files.write(folder.resolve("consolidated.01.pth"), other);
    assertThatThrownBy(() -> Consolidated.open(folder, 2, 2))
        .message()
        .contains("consolidated.01.pth has tensor 'tok_embeddings.weight' otherwise");
  }
}
