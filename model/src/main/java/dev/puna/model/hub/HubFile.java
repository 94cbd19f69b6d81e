package dev.puna.model.hub;

/**
 * A file of a repository, as the hub lists it.
 *
 * @param path within the repository
 * @param size in bytes; -1 if the list does not say
 * @param hash of its content
 */
public record HubFile(String path, long size, Hash hash) {
  /** What its content is checked against. */
  public sealed interface Hash {
    /** Of large files: SHA-256 of the content, in hexadecimal digits. */
    record Sha256(String digits) implements Hash {}

    /** Of small files: git's own, SHA-1 of {@code "blob " + size + "\0"} and the content. */
    record GitBlob(String digits) implements Hash {}

    /** The hub tells none. */
    record Unknown() implements Hash {}

    /** Told apart by its length, as in an ETag; quotes and git's sign of weakness are dropped. */
    static Hash of(String text) {
      String digits = text.replaceFirst("^W/", "").replace("\"", "");
      if (!digits.matches("[0-9a-f]+")) {
        return new Unknown();
      }
      return switch (digits.length()) {
        case 64 -> new Sha256(digits);
        case 40 -> new GitBlob(digits);
        default -> new Unknown();
      };
    }
  }

  String extension() {
    int dot = path.lastIndexOf('.');
    return dot < 0 ? "" : path.substring(dot + 1);
  }
}
