package dev.puna.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pickles that would run something, or never end, if Python read them. */
class HostilePickleTest {
  private static final long MOST_NANOS = 2_000_000_000L;

  @TempDir Path folder;

  private static byte[] zip(byte[] pickle) {
    return new ZipBytes(false).add("m/data.pkl", pickle).add("m/data/0", new byte[64]).toArray();
  }

  private void refused(byte[] file, String... fragments) throws IOException {
    Path path = Files.write(folder.resolve("m.bin"), file);
    long start = System.nanoTime();
    assertThatThrownBy(() -> PyTorch.open(path).close())
        .isInstanceOf(PunaException.class)
        .message()
        .contains(fragments)
        .hasLineCount(1)
        .hasSizeLessThan(1500);
    assertThat(System.nanoTime() - start).isLessThan(MOST_NANOS);
  }

  /** What attacks have used: to run something, to import, to read files, to reach further. */
  static Stream<String> names() {
    return Stream.of(
        "os.system",
        "posix.system",
        "nt.system",
        "os.popen",
        "os.execv",
        "subprocess.Popen",
        "subprocess.check_output",
        "builtins.eval",
        "builtins.exec",
        "builtins.getattr",
        "builtins.open",
        "builtins.compile",
        "__builtin__.eval",
        "__builtin__.apply",
        "importlib.import_module",
        "runpy._run_code",
        "pickle.loads",
        "dill._dill._create_code",
        "torch.load",
        "torch.hub.load",
        "torch.storage._load_from_bytes",
        "torch.jit.load",
        "torch._utils._rebuild_qtensor",
        "torch.nn.modules.linear.Linear",
        "torch._C._jit_compile",
        "webbrowser.open",
        "shutil.rmtree",
        "numpy.core.multiarray._reconstruct",
        "code.interact",
        "asyncio.unix_events._UnixSubprocessTransport",
        "collections.UserDict",
        "torch._utils.torch.os.system",
        "pty.spawn",
        "socket.socket",
        "ctypes.CDLL",
        "argparse.Namespace",
        "functools.partial",
        "operator.attrgetter",
        "types.CodeType");
  }

  @ParameterizedTest
  @MethodSource("names")
  void refusesByName(String name) throws IOException {
    String module = name.substring(0, name.lastIndexOf('.'));
    String attribute = name.substring(name.lastIndexOf('.') + 1);
    Supplier<PickleBytes> begin = PickleBytes::new;
    List<byte[]> ways =
        List.of(
            begin.get().global(module, attribute).text("id").raw(0x85).op("R").toArray(),
            begin.get().text(module).text(attribute).raw(0x93).op(")R").toArray(),
            begin.get().op("(").text("id").op("i" + module + "\n" + attribute + "\n").toArray(),
            begin.get().global(module, attribute).op(")").raw(0x81).op("}b").toArray(),
            // deep inside an otherwise good dictionary, as an argument
            begin
                .get()
                .orderedDict()
                .op("(")
                .text("w")
                .global("torch._utils", "_rebuild_parameter")
                .op("(")
                .global(module, attribute)
                .op(")RtRu")
                .toArray(),
            // protocol 0, as text
            ("c" + module + "\n" + attribute + "\n(S'id'\ntR.")
                .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    for (byte[] pickle : ways) {
      refused(zip(pickle), "wants to use " + name);
    }
    refused(ways.getFirst(), "wants to use " + name);
  }

  @Test
  void refusesWhatIsNotCalledByName() throws IOException {
    PickleBytes rebuild = new PickleBytes().global("torch._utils", "_rebuild_tensor_v2");
    for (byte[] pickle :
        List.of(
            new PickleBytes().raw(0x82, 1).toArray(), // EXT: a name by number
            new PickleBytes().raw(0x83, 1, 1).toArray(),
            new PickleBytes().raw(0x84, 1, 1, 1, 1).toArray(),
            new PickleBytes().text("os.system").op(")R").toArray(), // a text is no function
            new PickleBytes().op("})R").toArray(),
            new PickleBytes().global("torch", "Tensor").op(")R").toArray(),
            new PickleBytes().global("torch", "FloatStorage").op(")").raw(0x81).toArray(),
            new PickleBytes().op("Pid\n").toArray(),
            new PickleBytes().text("id").op("Q").toArray(),
            new PickleBytes().op("(").text("module").op("tQ").toArray(),
            rebuild.op("(").tuple(1).number(0).tuple(1).tuple(1).op("tR").toArray(),
            new PickleBytes().number(3).op("}b").toArray(), // BUILD on what is no dictionary
            new PickleBytes().op("(").global("torch", "Tensor").op("o").toArray(),
            new PickleBytes().number(1).number(2).raw(0x93).toArray(),
            new PickleBytes().op(")").raw(0x92).toArray())) {
      refused(zip(pickle), "its pickle");
    }
  }

  private static byte[] repeated(String prefix, String body, int times, String suffix) {
    return new PickleBytes().op(prefix).op(body.repeat(times)).op(suffix).toArray();
  }

  /** Each would take Python's memory, time or stack; here all end at once. */
  @Test
  void endsBombs() throws IOException {
    int many = 1 << 20;
    byte[] lists = repeated("", "]", 3 * many, "");
    for (byte[] pickle :
        List.of(
            lists, // millions of objects
            repeated("", "(", 3 * many, ""), // and of marks
            repeated("", "]a", many, ""), // appends to nothing
            repeated("]", "]", many, "a".repeat(many)), // a list as deep as it is long
            repeated("]q\0", "h\0a", many, ""), // that contains itself
            // "billion laughs": each list holds the one before ten times
            repeated("]q\0", "](h\0h\0h\0h\0h\0h\0h\0h\0h\0h\0eq\0", 100_000, ""),
            repeated("}q\0", "X\1\0\0\0kh\0s", many / 4, "0"),
            new PickleBytes().raw(0x8b, 255, 255, 255, 127).toArray(), // an integer of 2 GiB
            new PickleBytes().raw(0x8b, 0, 0, 0, 128).toArray(), // of a negative length
            new PickleBytes().op("X").raw(255, 255, 255, 255).toArray(),
            new PickleBytes().raw(0x8d, 255, 255, 255, 255, 255, 255, 255, 127).toArray(),
            new PickleBytes().raw(0x8e, 0, 0, 0, 0, 0, 0, 0, 128).toArray(),
            new PickleBytes().raw(0x95, 255, 255, 255, 255, 255, 255, 255, 255).toArray(),
            repeated("c", "A", many, ""), // a name without end
            new PickleBytes().op("j").raw(255, 255, 255, 127).toArray(),
            repeated("", "2", 10, ""),
            repeated("", "0", 10, ""),
            repeated("", "e", 10, ""),
            new PickleBytes().raw(0x80, 99).toArray())) {
      refused(zip(pickle), "m.bin");
    }
    // A subclass rebuilt by a subclass rebuilt by ...: the one recursion that there could be.
    PickleBytes nested = new PickleBytes().op(")");
    for (int i = 0; i < 50_000; i++) {
      nested.op("q\0" + "0");
      nested.global("torch._tensor", "_rebuild_from_type_v2").op("(");
      nested.global("torch._tensor", "_rebuild_from_type_v2").global("torch", "Tensor");
      nested.op("h\0t");
    }
    refused(zip(nested.op("R").toArray()), "its pickle");
  }
}
