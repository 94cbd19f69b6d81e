package dev.puna.cpu.asm;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Optional;

/**
 * Functions of the C library that take whole numbers and addresses. All are called as if they took
 * six of 64 bits: registers hold them all, and a function does not see those that it does not take.
 * So there is one handle rather than one for each signature, of which each takes a cold JVM some
 * ten milliseconds to make.
 */
public final class CLibrary {
  private CLibrary() {}

  private static final int MOST = 6;
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private static final MethodHandle CALL =
      Linker.nativeLinker()
          .downcallHandle(
              FunctionDescriptor.of(
                  JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
              Linker.Option.captureCallState("errno"));

  /**
   * What a function came to.
   *
   * @param value its result; of an int, the upper half is undefined
   * @param errno the error's number, if the result says that there is one
   */
  public record Result(long value, int errno) {}

  /** The function of that name; none if the library has none. */
  public static Optional<MemorySegment> find(String name) {
    return Linker.nativeLinker().defaultLookup().find(name);
  }

  /** Calls a function with up to six numbers. */
  public static Result call(MemorySegment function, long... arguments) {
    long[] a = Arrays.copyOf(arguments, MOST);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      long value = (long) CALL.invokeExact(function, state, a[0], a[1], a[2], a[3], a[4], a[5]);
      return new Result(value, (int) ERRNO.get(state, 0L));
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
