package dev.puna.formats;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A tensor of numbers that make no matrix by themselves: masks, positions, integers that several
 * small numbers are packed into.
 *
 * @param name the name the file gives it
 * @param type as safetensors calls it: I64, I32, U8, BOOL ...
 * @param shape outermost dimension first
 * @param data the bytes, row-major; a slice of the mapped file
 */
public record OtherTensor(String name, String type, List<Long> shape, MemorySegment data) {
  public OtherTensor {
    shape = List.copyOf(shape);
  }
}
