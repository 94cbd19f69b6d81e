package dev.puna.model.hub;

import dev.puna.formats.Config;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A hub of models with the addresses of Hugging Face's: {@code /api/models/NAME/revision/REVISION}
 * lists a repository's files, {@code /NAME/resolve/REVISION/FILE} is one of them.
 */
public final class Hub implements AutoCloseable {
  /** Where models come from unless another address is given. */
  public static final String STANDARD = "https://huggingface.co";

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int MOST_REDIRECTS = 10;
  private static final int MOST_FILES = 10_000;
  private static final int LONGEST_LIST = 64 << 20;

  private final URI address;
  private final @Nullable String token;
  private final HttpClient client;

  /**
   * @param address such as {@link #STANDARD}
   * @param token sent to this hub alone; null for none
   */
  public Hub(String address, @Nullable String token) {
    this.address = checked(address);
    this.token = token;
    client =
        HttpClient.newBuilder()
            .connectTimeout(PATIENCE)
            .followRedirects(HttpClient.Redirect.NEVER) // the token must not follow
            .build();
  }

  private static URI checked(String address) {
    try {
      URI uri = URI.create(address.replaceFirst("/+$", ""));
      if (uri.getHost() != null && List.of("http", "https").contains(uri.getScheme())) {
        return uri;
      }
    } catch (IllegalArgumentException _) {
      // said below
    }
    throw new PunaException(
        "\"" + address + "\" is no address of a hub", "it should begin with https://");
  }

  /** What the address is, for messages. */
  public String address() {
    return address.toString();
  }

  /**
   * The files of a repository.
   *
   * @throws PunaException if the hub does not answer, or not with a list
   */
  public List<HubFile> list(ModelName name) {
    String model = "/api/models/" + name.repository();
    HttpResponse<InputStream> response =
        get(uri(model + "/revision/" + encoded(name.revision()) + "?blobs=true"), Map.of())
            .response();
    if (response.statusCode() == 404 && name.revision().equals(ModelName.MAIN)) {
      discard(response);
      response = get(uri(model + "?blobs=true"), Map.of()).response();
    }
    byte[] json;
    try (InputStream body = response.body()) {
      check(response, name.toString());
      json = body.readNBytes(LONGEST_LIST);
    } catch (IOException e) {
      throw unreachable(e);
    }
    return files(Config.parse(address + model, json));
  }

  private static List<HubFile> files(Config info) {
    List<HubFile> files = new ArrayList<>();
    List<Object> siblings = info.list("siblings");
    for (Object sibling : siblings == null ? List.of() : siblings) {
      if (!(sibling instanceof Map<?, ?> fields) || files.size() == MOST_FILES) {
        throw new PunaException(info.where() + " is no list of files", "check the hub's address");
      }
      files.add(file(Config.of(info.where(), stringKeys(fields))));
    }
    return files;
  }

  private static Map<String, Object> stringKeys(Map<?, ?> map) {
    return map.entrySet().stream()
        .filter(e -> e.getValue() != null)
        .collect(Collectors.toMap(e -> String.valueOf(e.getKey()), Map.Entry::getValue));
  }

  private static HubFile file(Config fields) {
    String path = fields.text("rfilename");
    boolean safe =
        Arrays.stream(path.split("/", -1))
            .noneMatch(p -> p.isEmpty() || p.equals(".") || p.equals(".."));
    if (!safe || path.contains("\\") || path.chars().anyMatch(Character::isISOControl)) {
      throw new PunaException(
          fields.where() + " lists a file \"" + path + "\"", "such a name is not taken from a hub");
    }
    Config lfs = fields.object("lfs");
    HubFile.Hash hash =
        lfs != null && lfs.has("sha256")
            ? HubFile.Hash.of(lfs.text("sha256"))
            : HubFile.Hash.of(String.valueOf(fields.text("blobId", "")));
    double size = lfs != null ? lfs.number("size", -1) : fields.number("size", -1);
    return new HubFile(path, (long) size, hash);
  }

  /**
   * The bytes of a file from {@code from} on, or all of them if the hub will not begin there (then
   * the status is 200 instead of 206). The body must be closed.
   */
  Answer open(ModelName name, HubFile file, long from) {
    String path =
        Arrays.stream(file.path().split("/")).map(Hub::encoded).collect(Collectors.joining("/"));
    URI uri = uri("/" + name.repository() + "/resolve/" + encoded(name.revision()) + "/" + path);
    return get(uri, from > 0 ? Map.of("Range", "bytes=" + from + "-") : Map.of());
  }

  private URI uri(String path) {
    return URI.create(address + path);
  }

  private static String encoded(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /**
   * An answer after redirects.
   *
   * @param hash of the file's content: a hub tells it where it redirects to the file's storage
   */
  record Answer(HttpResponse<InputStream> response, HubFile.Hash hash) {}

  /** Follows redirects, telling the token to the hub's own host only. */
  private Answer get(URI first, Map<String, String> headers) {
    URI uri = first;
    Optional<String> linked = Optional.empty();
    for (int i = 0; i < MOST_REDIRECTS; i++) {
      HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(PATIENCE);
      request.header("User-Agent", "puna");
      headers.forEach(request::header);
      if (token != null && address.getAuthority().equals(uri.getAuthority())) {
        request.header("Authorization", "Bearer " + token);
      }
      HttpResponse<InputStream> response = send(request.build());
      HttpHeaders told = response.headers();
      linked = linked.or(() -> told.firstValue("X-Linked-ETag"));
      if (response.statusCode() < 300 || response.statusCode() >= 400) {
        Optional<String> tag = linked.or(() -> told.firstValue("ETag"));
        return new Answer(response, HubFile.Hash.of(tag.orElse("")));
      }
      discard(response);
      uri = uri.resolve(told.firstValue("Location").orElse(""));
    }
    throw new PunaException(first + " redirects without end", "check the hub's address");
  }

  private static void discard(HttpResponse<InputStream> response) {
    try {
      response.body().close();
    } catch (IOException _) {
      // nothing of it was wanted
    }
  }

  private HttpResponse<InputStream> send(HttpRequest request) {
    try {
      return client.send(request, BodyHandlers.ofInputStream());
    } catch (IOException | IllegalArgumentException e) {
      throw unreachable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PunaException("interrupted", "run the command again to go on", e);
    }
  }

  private PunaException unreachable(Exception e) {
    String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return new PunaException(
        address + " cannot be reached (" + reason + ")",
        "check the network, or give another hub with --hub ADDRESS; what was fetched is kept",
        e);
  }

  /** Refuses an answer that is not what was asked for. */
  void check(HttpResponse<?> response, String what) {
    int status = response.statusCode();
    switch (status) {
      case 200, 206 -> {}
      case 401, 403 ->
          throw new PunaException(
              address + " does not give " + what + " to everybody (status " + status + ")",
              token == null
                  ? "ask for access on the hub, and give your token with --token-file FILE"
                  : "ask for access on the hub; the token that was given does not have it");
      case 404 ->
          throw new PunaException(
              address + " has no " + what, "check the name; private models need --token-file FILE");
      case 429 ->
          throw new PunaException(address + " asks for patience", "try again in a few minutes");
      default ->
          throw new PunaException(
              "%s answered %d when asked for %s".formatted(address, status, what),
              "try again later; what was fetched is kept");
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
