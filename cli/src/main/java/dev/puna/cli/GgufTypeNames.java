package dev.puna.cli;

import dev.puna.model.GgufFileType;
import dev.puna.tensor.DType;
import java.util.Iterator;

/** The types that a GGUF file can be of, for {@code --help}. */
final class GgufTypeNames implements Iterable<String> {
  @Override
  public Iterator<String> iterator() {
    return GgufFileType.all().stream().map(DType::name).iterator();
  }
}
