package dev.puna.cpu.asm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Locale;

/**
 * Machine code in executable memory, with the one signature {@code void f(long address)} of the
 * System V calling convention: RDI holds the address of the code's arguments; RBX, RBP, RSP and R12
 * to R15 must be as they were.
 *
 * <p>Pages are written first and made executable then, never both. They are kept until the process
 * ends: there are few kernels, and a worker may be within one.
 */
public final class MachineCode {
  /** The code cannot be run on this machine, for the reason that the message gives. */
  public static final class Refused extends Exception {
    private static final long serialVersionUID = 1;

    Refused(String why) {
      super(why);
    }
  }

  // <sys/mman.h> of Linux
  private static final int PROT_READ_WRITE = 3;
  private static final int PROT_READ_EXECUTE = 5;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

  /** One handle for all code, with the function as its first argument: a constant is inlined. */
  private static final MethodHandle CALL =
      Linker.nativeLinker().downcallHandle(FunctionDescriptor.ofVoid(JAVA_LONG));

  private final MemorySegment function;

  private MachineCode(MemorySegment function) {
    this.function = function;
  }

  /** Whether code of this calling convention can run here at all. */
  static boolean supported() {
    String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String processor = System.getProperty("os.arch", "");
    return system.equals("linux") && (processor.equals("amd64") || processor.equals("x86_64"));
  }

  /**
   * Makes the code executable.
   *
   * @throws Refused if this is no x86-64 Linux, or the system gives no executable pages
   */
  public static MachineCode of(byte[] code) throws Refused {
    if (!supported()) {
      throw new Refused("there are assembled kernels for x86-64 Linux only");
    }
    long size = (code.length + 4095L) & -4096L;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Calls.STATE);
      MemorySegment pages =
          (MemorySegment)
              Calls.MMAP.invokeExact(
                  state, MemorySegment.NULL, size, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
      if (pages.address() == -1) {
        throw new Refused("the system gives no memory for code (" + error(state) + ")");
      }
      pages.reinterpret(size).copyFrom(MemorySegment.ofArray(code));
      if ((int) Calls.MPROTECT.invokeExact(state, pages, size, PROT_READ_EXECUTE) != 0) {
        throw new Refused("the system makes no memory executable (" + error(state) + ")");
      }
      return new MachineCode(pages);
    } catch (Refused | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static String error(MemorySegment state) {
    return "error " + (int) Calls.ERRNO.get(state, 0L);
  }

  /** Runs the code with its arguments at this address. */
  public void run(long arguments) {
    try {
      CALL.invokeExact(function, arguments);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** The system's functions. */
  private static final class Calls {
    static final StructLayout STATE = Linker.Option.captureStateLayout();
    static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    static final MethodHandle MMAP =
        function(
            "mmap",
            FunctionDescriptor.of(
                ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    static final MethodHandle MPROTECT =
        function("mprotect", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));

    private static MethodHandle function(String name, FunctionDescriptor type) {
      Linker linker = Linker.nativeLinker();
      MemorySegment address = linker.defaultLookup().findOrThrow(name);
      return linker.downcallHandle(address, type, Linker.Option.captureCallState("errno"));
    }
  }
}
