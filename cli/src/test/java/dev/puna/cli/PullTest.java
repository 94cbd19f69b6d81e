package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fetches models from a hub on this machine that behaves, and misbehaves, as hubs do. */
class PullTest {
  @TempDir Path cache;
  private HttpServer server;
  private final Map<String, byte[]> files = new LinkedHashMap<>();
  private final List<String> requests = new ArrayList<>();
  private boolean hashesInList = true;
  private String token = "";
  private int breakAfter = Integer.MAX_VALUE;
  private boolean lies;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    System.setProperty("puna.cache", cache.toString());
  }

  @AfterEach
  void stop() {
    server.stop(0);
    System.clearProperty("puna.cache");
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String range = exchange.getRequestHeaders().getFirst("Range");
    String sent = exchange.getRequestHeaders().getFirst("Authorization");
    requests.add(path + (range == null ? "" : " " + range) + (sent == null ? "" : " " + sent));
    if (!token.isEmpty() && !("Bearer " + token).equals(sent) && !path.startsWith("/cdn/")) {
      send(exchange, 401, new byte[0]);
    } else if (path.startsWith("/api/models/team/model/revision/main")) {
      send(exchange, 200, list().getBytes(StandardCharsets.UTF_8));
    } else if (path.startsWith("/team/model/resolve/main/")) {
      String name = path.substring("/team/model/resolve/main/".length());
      exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + sha256(files.get(name)) + "\"");
      String authority = "localhost:" + server.getAddress().getPort(); // another name, as of a CDN
      exchange.getResponseHeaders().set("Location", "http://" + authority + "/cdn/" + name);
      send(exchange, 302, new byte[0]);
    } else if (path.startsWith("/cdn/")) {
      content(exchange, files.get(path.substring(5)), range);
    } else {
      send(exchange, 404, new byte[0]);
    }
  }

  private String list() {
    return files.entrySet().stream()
        .map(
            e ->
                "{\"rfilename\":\"%s\"%s}"
                    .formatted(
                        e.getKey(),
                        hashesInList
                            ? ",\"size\":%d,\"lfs\":{\"sha256\":\"%s\",\"size\":%d}"
                                .formatted(
                                    e.getValue().length, sha256(e.getValue()), e.getValue().length)
                            : ""))
        .collect(Collectors.joining(",", "{\"sha\":\"abc\",\"siblings\":[", "]}"));
  }

  private void content(HttpExchange exchange, byte[] all, String range) throws IOException {
    int from = range == null ? 0 : Integer.parseInt(range.substring(6, range.length() - 1));
    byte[] rest = Arrays.copyOfRange(all, from, all.length);
    if (lies && rest.length > 0) {
      rest[0] ^= 1;
    }
    exchange.sendResponseHeaders(range == null ? 200 : 206, rest.length == 0 ? -1 : rest.length);
    int count = Math.min(rest.length, breakAfter);
    exchange.getResponseBody().write(rest, 0, count);
    exchange.getResponseBody().flush();
    exchange.close(); // before the end if breakAfter says so
  }

  private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private Puna pull(Object... more) {
    List<Object> words =
        new ArrayList<>(
            List.of(
                "pull",
                "team/model",
                "--hub",
                "http://127.0.0.1:" + server.getAddress().getPort()));
    words.addAll(List.of(more));
    return Puna.run(words.toArray());
  }

  private static byte[] random(int size, int seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** What a Hugging Face repository has, and more than a model needs. */
  private void repository() {
    files.put("config.json", "{\"model_type\":\"llama\"}".getBytes(StandardCharsets.UTF_8));
    files.put("model-00001-of-00002.safetensors", random(300_000, 1));
    files.put("model-00002-of-00002.safetensors", random(200_000, 2));
    files.put("model.safetensors.index.json", "{}".getBytes(StandardCharsets.UTF_8));
    files.put("tokenizer.json", "{}".getBytes(StandardCharsets.UTF_8));
    files.put("pytorch_model.bin", random(1000, 3));
    files.put("README.md", random(10, 4));
    files.put("onnx/model.onnx", random(10, 5));
  }

  private Path folder() {
    return cache.resolve("team/model");
  }

  @Test
  void fetchesWhatAModelNeedsAndNothingElse() throws IOException {
    repository();
    Puna pulled = pull();
    assertThat(pulled.status()).as(pulled.err()).isZero();
    assertThat(pulled.out().strip()).isEqualTo(folder().toString());
    assertThat(folder().toFile().list())
        .containsExactlyInAnyOrder(
            ".lock",
            "config.json",
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            "model.safetensors.index.json",
            "tokenizer.json");
    assertThat(folder().resolve("model-00002-of-00002.safetensors"))
        .hasBinaryContent(files.get("model-00002-of-00002.safetensors"));
    requests.clear();
    assertThat(pull().status()).isZero();
    assertThat(requests).hasSize(1); // the list; no file comes twice
  }

  @Test
  void goesOnWhereItWasBrokenOff() throws IOException {
    repository();
    Files.createDirectories(folder());
    byte[] all = files.get("model-00001-of-00002.safetensors");
    Path part = folder().resolve("model-00001-of-00002.safetensors.part");
    Files.write(part, Arrays.copyOf(all, 123_456));
    JsonNode report = Shared.json(pull("--json").out());
    assertThat(folder().resolve("model-00001-of-00002.safetensors")).hasBinaryContent(all);
    assertThat(part).doesNotExist();
    assertThat(requests).contains("/cdn/model-00001-of-00002.safetensors bytes=123456-");
    long total = report.get("bytes").asLong();
    assertThat(report.get("fetched_bytes").asLong()).isEqualTo(total - 123_456);
  }

  @Test
  void takesABrokenConnectionUpAgain() {
    repository();
    breakAfter = 70_000;
    assertThat(pull().status()).isZero();
    assertThat(folder().resolve("model-00001-of-00002.safetensors"))
        .hasBinaryContent(files.get("model-00001-of-00002.safetensors"));
    assertThat(requests).anyMatch(r -> r.contains("bytes=70000-"));
  }

  @Test
  void keepsWhatCameWhenTheHubGoesAway() {
    repository();
    breakAfter = 0;
    Puna pulled = pull();
    assertThat(pulled.status()).isEqualTo(1);
    assertThat(pulled.err()).hasLineCount(1).contains("what was fetched is kept");
    assertThat(folder().resolve("config.json")).doesNotExist(); // it is not taken for complete
    Puna run = Puna.run("run", "-m", "team/model", "-p", "x");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).contains("puna pull team/model").hasLineCount(1);
  }

  /** Part of another version, or damage on the way: fetched once more, then refused. */
  @Test
  void checksHashes() throws IOException {
    repository();
    Files.createDirectories(folder());
    Files.write(folder().resolve("model-00001-of-00002.safetensors.part"), random(5000, 77));
    assertThat(pull().status()).isZero();
    assertThat(folder().resolve("model-00001-of-00002.safetensors"))
        .hasBinaryContent(files.get("model-00001-of-00002.safetensors"));

    Files.delete(folder().resolve("model-00001-of-00002.safetensors"));
    lies = true;
    for (boolean inList : new boolean[] {true, false}) {
      hashesInList = inList; // without, the answer's headers tell
      Puna pulled = pull();
      assertThat(pulled.status()).isEqualTo(1);
      assertThat(pulled.err()).hasLineCount(1).contains("other bytes than it says");
      assertThat(folder().resolve("model-00001-of-00002.safetensors")).doesNotExist();
    }
  }

  @Test
  void tellsTheTokenToTheHubAlone() throws IOException {
    repository();
    token = "hf_secret";
    Puna refused = pull();
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.err()).hasLineCount(1).contains("--token-file");
    Path file = Files.writeString(cache.resolve("token"), "hf_secret\n");
    assertThat(pull("--token-file", file).status()).isZero();
    assertThat(requests).anyMatch(r -> r.startsWith("/team") && r.endsWith("Bearer hf_secret"));
    assertThat(requests).noneMatch(r -> r.startsWith("/cdn") && r.contains("Bearer"));
  }

  @Test
  void namesOneOfSeveralGgufFiles() {
    files.put("model.Q4_K_M.gguf", random(100, 1));
    files.put("model.Q4_K_S.gguf", random(100, 2));
    files.put("model.Q8_0-00001-of-00002.gguf", random(100, 3));
    files.put("model.Q8_0-00002-of-00002.gguf", random(100, 4));
    Puna unclear = pull();
    assertThat(unclear.status()).isEqualTo(1);
    assertThat(unclear.err()).hasLineCount(1).contains("model.Q4_K_M.gguf, model.Q4_K_S.gguf");
    String address = "http://127.0.0.1:" + server.getAddress().getPort();
    Puna one = Puna.run("pull", "team/model:q4_k_m", "--hub", address);
    assertThat(one.out().strip()).isEqualTo(folder().resolve("model.Q4_K_M.gguf").toString());
    Puna split = Puna.run("pull", "team/model:Q8_0", "--hub", address);
    assertThat(split.out().strip()).endsWith("model.Q8_0-00001-of-00002.gguf");
    assertThat(folder().resolve("model.Q8_0-00002-of-00002.gguf")).exists();
  }

  /** Names out of a hub's list become paths: none may lead out of the cache. */
  @Test
  void refusesNamesThatLeadElsewhere() {
    for (String name : List.of("../../evil.safetensors", "/etc/x.safetensors", "a\\\\b", "x//y")) {
      files.clear();
      files.put(name, random(10, 1));
      Puna pulled = pull();
      assertThat(pulled.status()).as(name).isEqualTo(1);
      assertThat(pulled.err()).hasLineCount(1).contains("not taken from a hub");
    }
    for (String name : List.of("../x", "a/../b", "a", "a/b/c", "-a/b", "a/b:c/d", "")) {
      assertThat(Puna.run("pull", name, "--hub", "http://localhost").status()).as(name).isNotZero();
    }
  }

  @Test
  void saysWhatIsWrongWithTheHub() {
    assertThat(
            Puna.run(
                    "pull", "no/such", "--hub", "http://127.0.0.1:" + server.getAddress().getPort())
                .err())
        .hasLineCount(1)
        .contains("has no no/such");
    assertThat(Puna.run("pull", "a/b", "--hub", "http://127.0.0.1:1").err())
        .hasLineCount(1)
        .contains("cannot be reached");
    assertThat(Puna.run("pull", "a/b", "--hub", "ftp://x").err())
        .hasLineCount(1)
        .contains("no address of a hub");
    files.put("README.md", random(10, 1));
    assertThat(pull().err()).hasLineCount(1).contains("holds no model");
  }
}
