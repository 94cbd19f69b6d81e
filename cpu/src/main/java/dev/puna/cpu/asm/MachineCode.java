package dev.puna.cpu.asm;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
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
    CLibrary.Result pages =
        CLibrary.call(
            CLibrary.find("mmap").orElseThrow(),
            0,
            size,
            PROT_READ_WRITE,
            MAP_PRIVATE_ANONYMOUS,
            -1,
            0);
    if (pages.value() == -1) {
      throw new Refused("the system gives no memory for code (error " + pages.errno() + ")");
    }
    MemorySegment function = MemorySegment.ofAddress(pages.value());
    function.reinterpret(size).copyFrom(MemorySegment.ofArray(code));
    CLibrary.Result made =
        CLibrary.call(
            CLibrary.find("mprotect").orElseThrow(), pages.value(), size, PROT_READ_EXECUTE);
    if ((int) made.value() != 0) {
      throw new Refused("the system makes no memory executable (error " + made.errno() + ")");
    }
    return new MachineCode(function);
  }

  /** Runs the code with its arguments at this address. */
  public void run(long arguments) {
    try {
      CALL.invokeExact(function, arguments);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
