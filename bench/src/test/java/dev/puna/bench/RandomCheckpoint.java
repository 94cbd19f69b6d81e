package dev.puna.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.StringJoiner;

/** A checkpoint of random numbers in Hugging Face's layout, of sizes that llama.cpp runs. */
final class RandomCheckpoint {
  static final int VOCAB = 160;

  private final Random random = new Random(11);
  private final StringJoiner config = new StringJoiner(", ", "{", "}");
  private final SequencedMap<String, float[]> tensors = new LinkedHashMap<>();
  private final SequencedMap<String, int[]> shapes = new LinkedHashMap<>();

  /**
   * @param json options of config.json, without the braces
   */
  RandomCheckpoint(String json) {
    config.add("\"vocab_size\": " + VOCAB).add(json.strip().replace('\'', '"'));
  }

  /** A projection whose outputs are about as large as its inputs. */
  RandomCheckpoint matrix(String name, int... shape) {
    return tensor(name, 0, 1 / Math.sqrt(shape[shape.length - 1]), shape);
  }

  /** A vector of numbers around a value. */
  RandomCheckpoint vector(String name, int size, double around) {
    return tensor(name, around, 0.1, size);
  }

  /** Numbers around a value. */
  RandomCheckpoint tensor(String name, double around, double deviation, int... shape) {
    int size = 1;
    for (int n : shape) {
      size *= n;
    }
    float[] numbers = new float[size];
    for (int i = 0; i < size; i++) {
      numbers[i] = (float) (around + deviation * random.nextGaussian());
    }
    tensors.put(name, numbers);
    shapes.put(name, shape);
    return this;
  }

  /** Writes config.json and model.safetensors. */
  Path write(Path folder) {
    StringJoiner header = new StringJoiner(",", "{", "}");
    int end = 0;
    for (Map.Entry<String, float[]> t : tensors.entrySet()) {
      int begin = end;
      end += 4 * t.getValue().length;
      header.add(
          "\"%s\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
              .formatted(
                  t.getKey(), java.util.Arrays.toString(shapes.get(t.getKey())), begin, end));
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + end).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json);
    tensors
        .values()
        .forEach(
            numbers -> {
              for (float number : numbers) {
                bytes.putFloat(number);
              }
            });
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("config.json"), config.toString());
      Files.write(folder.resolve("model.safetensors"), bytes.array());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return folder;
  }
}
