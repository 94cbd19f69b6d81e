package dev.puna.engine;

import dev.puna.formats.AtomicFile;
import dev.puna.model.Checkpoint;
import dev.puna.program.State;
import dev.puna.program.Weight;
import dev.puna.tensor.PunaException;
import dev.puna.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.function.IntFunction;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/**
 * What the state holds of a text, in a file. The tokens and their full blocks are written, so that
 * an engine with the same model can take the text up without computing it; what follows is what
 * would have followed. Little-endian:
 *
 * <pre>
 *   "PUNASESS"  int32 version = 1   int32 tokens   int32 blocks   int32 tokens of a block
 *   int64 bytes of a block   int64 bytes of what is kept as a whole
 *   SHA-256 of the model (see {@link #digest}), 32 bytes
 *   int32[tokens]   blocks   what is kept as a whole at their end
 *   int32 CRC-32C of all before
 * </pre>
 */
final class Session {
  private static final byte[] MAGIC = "PUNASESS".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 1;
  private static final int HEADER = MAGIC.length + 4 * 4 + 2 * 8 + 32;
  private static final int ATTEMPTS = 3;

  private final State state;
  private final KvPool pool;
  private final StepLoop loop;
  private final byte[] digest;
  private final int context;

  /**
   * @param digest of the model and how it is computed
   * @param context most tokens of a text
   */
  Session(State state, KvPool pool, StepLoop loop, byte[] digest, int context) {
    this.state = state;
    this.pool = pool;
    this.loop = loop;
    this.digest = digest;
    this.context = context;
  }

  /** Names a model: by its weights' names, shapes, types and beginnings, and by {@code how}. */
  static byte[] digest(Checkpoint checkpoint, String how) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(how.getBytes(StandardCharsets.UTF_8));
      for (Weight weight : checkpoint.weights()) {
        Tensor tensor = checkpoint.tensor(weight);
        sha.update((weight + " " + tensor.type()).getBytes(StandardCharsets.UTF_8));
        sha.update(
            tensor.data().asSlice(0, Math.min(4096, tensor.data().byteSize())).asByteBuffer());
      }
      return sha.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }

  /** How a text is computed that is read at once. */
  record Prompt(TextForm form, int adapter, int length) implements KvPool.Computed {
    @Override
    public long root() {
      return BlockTable.root(adapter);
    }

    @Override
    public int table(int position) {
      return form.table(form.rotation(length, position, length));
    }
  }

  // ---- saving ----

  /**
   * @param compute has the text computed
   * @throws PunaException if the file cannot be written, or the cache is too busy to hold the text
   */
  void save(int[] tokens, KvPool.Computed how, Path file, Runnable compute) {
    int blocks = (tokens.length - 1) / pool.blockSize();
    BlockTable table = new BlockTable();
    ByteBuffer whole = buffer(state.placeBytes());
    for (int attempt = 0; !loop.between(() -> pin(table, how, tokens, blocks, whole)); attempt++) {
      if (attempt == ATTEMPTS) {
        throw new PunaException(
            "the KV cache does not keep the text long enough to save it",
            "try again when fewer requests run, or enlarge the cache");
      }
      compute.run();
    }
    try {
      AtomicFile.write(file, out -> write(out, tokens, table, whole));
    } finally {
      loop.between(
          () -> {
            pool.release(table);
            return true;
          });
    }
  }

  /** Holds a text's blocks, if they are all there; copies what is kept as a whole. */
  private boolean pin(
      BlockTable table, KvPool.Computed how, int[] tokens, int blocks, ByteBuffer whole) {
    if (pool.find(how, tokens, tokens.length - 1).blocks() < blocks) {
      return false;
    }
    pool.reuse(table, how, tokens, blocks);
    if (blocks > 0 && whole.capacity() > 0) {
      state.readPlace(pool.snapshotPlace(table), MemorySegment.ofBuffer(whole));
    }
    return true;
  }

  private void write(FileChannel out, int[] tokens, BlockTable table, ByteBuffer whole)
      throws IOException {
    CRC32C sum = new CRC32C();
    ByteBuffer head = buffer(HEADER + 4L * tokens.length);
    head.put(MAGIC).putInt(VERSION).putInt(tokens.length).putInt(table.count);
    head.putInt(pool.blockSize()).putLong(state.blockBytes()).putLong(state.placeBytes());
    head.put(digest);
    for (int token : tokens) {
      head.putInt(token);
    }
    write(out, head.flip(), sum);
    ByteBuffer block = buffer(state.blockBytes());
    for (int i = 0; i < table.count; i++) {
      int number = table.blocks[i];
      loop.between(
          () -> {
            state.readBlock(number, MemorySegment.ofBuffer(block.clear()));
            return true;
          });
      write(out, block, sum);
    }
    if (table.count > 0) {
      write(out, whole, sum);
    }
    ByteBuffer end = buffer(4).putInt((int) sum.getValue()).flip();
    write(out, end, new CRC32C());
  }

  private static void write(FileChannel out, ByteBuffer bytes, Checksum sum) throws IOException {
    bytes.rewind();
    sum.update(bytes);
    bytes.rewind();
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  private static ByteBuffer buffer(long bytes) {
    return ByteBuffer.allocateDirect(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
  }

  // ---- restoring ----

  /** What the beginning of a file says. */
  private record Head(int tokens, int blocks) {}

  /**
   * Puts a text into the cache; returns its tokens.
   *
   * @param vocab tokens that there are
   * @param how the computation of a text of so many tokens
   * @throws PunaException if the file is damaged or another model's, or finds no room
   */
  int[] restore(Path file, int vocab, IntFunction<KvPool.Computed> how) {
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      Head head = head(in, file);
      verify(in, file);
      int[] tokens = tokens(in, file, head, vocab);
      put(in, file, head, tokens, how.apply(tokens.length));
      return tokens;
    } catch (IOException e) {
      throw new PunaException(file + " cannot be read", "is it there, and a saved session?", e);
    }
  }

  private Head head(FileChannel in, Path file) throws IOException {
    ByteBuffer bytes = buffer(HEADER);
    if (in.size() < HEADER) {
      throw damaged(file);
    }
    read(in, bytes, 0, file);
    byte[] magic = new byte[MAGIC.length];
    bytes.get(magic);
    int version = bytes.getInt();
    if (!Arrays.equals(magic, MAGIC) || version != VERSION) {
      throw new PunaException(file + " is no saved session of this version", "save it again");
    }
    int tokens = bytes.getInt();
    int blocks = bytes.getInt();
    boolean sizes =
        bytes.getInt() == pool.blockSize()
            & bytes.getLong() == state.blockBytes()
            & bytes.getLong() == state.placeBytes();
    byte[] model = new byte[digest.length];
    bytes.get(model);
    if (!sizes || !MessageDigest.isEqual(model, digest)) {
      throw new PunaException(
          file + " is a session of another model, or of another type of KV cache",
          "open the model that it was saved with, with the same options");
    }
    if (tokens < 1
        || blocks != (tokens - 1) / pool.blockSize()
        || in.size() != size(tokens, blocks)) {
      throw damaged(file);
    }
    if (tokens > context) {
      throw new PunaException(
          "%s holds %d tokens, more than the context of %d".formatted(file, tokens, context),
          "enlarge the context (-c)");
    }
    return new Head(tokens, blocks);
  }

  private long size(int tokens, int blocks) {
    long content = blocks * state.blockBytes() + (blocks > 0 ? state.placeBytes() : 0);
    return HEADER + 4L * tokens + content + 4;
  }

  private static PunaException damaged(Path file) {
    return new PunaException(file + " is damaged or cut off", "save the session again");
  }

  private static void read(FileChannel in, ByteBuffer into, long at, Path file) throws IOException {
    into.clear();
    while (into.hasRemaining()) {
      if (in.read(into, at + into.position()) < 0) {
        throw damaged(file);
      }
    }
    into.flip();
  }

  private static void verify(FileChannel in, Path file) throws IOException {
    CRC32C sum = new CRC32C();
    ByteBuffer chunk = buffer(1 << 16);
    long end = in.size() - 4;
    for (long at = 0; at < end; at += chunk.capacity()) {
      read(in, chunk.slice(0, (int) Math.min(chunk.capacity(), end - at)), at, file);
      sum.update(chunk.clear().limit((int) Math.min(chunk.capacity(), end - at)));
    }
    ByteBuffer expected = buffer(4);
    read(in, expected, end, file);
    if (expected.getInt() != (int) sum.getValue()) {
      throw damaged(file);
    }
  }

  private static int[] tokens(FileChannel in, Path file, Head head, int vocab) throws IOException {
    ByteBuffer bytes = buffer(4L * head.tokens);
    read(in, bytes, HEADER, file);
    int[] tokens = new int[head.tokens];
    bytes.asIntBuffer().get(tokens);
    RequestChecks.checkPrompt(tokens, vocab);
    return tokens;
  }

  private void put(FileChannel in, Path file, Head head, int[] tokens, KvPool.Computed how)
      throws IOException {
    BlockTable table = new BlockTable();
    int length = head.blocks * pool.blockSize();
    try {
      if (!loop.between(() -> pool.write(table, 0, length))) {
        throw new PunaException(
            "the KV cache has no room for the %d tokens of %s".formatted(tokens.length, file),
            "try again when fewer requests run, or enlarge the cache");
      }
      long at = HEADER + 4L * tokens.length;
      ByteBuffer block = buffer(state.blockBytes());
      for (int i = 0; i < head.blocks; i++, at += block.capacity()) {
        read(in, block, at, file);
        int number = table.blocks[i];
        loop.between(
            () -> {
              state.writeBlock(number, MemorySegment.ofBuffer(block));
              return true;
            });
      }
      ByteBuffer whole = buffer(head.blocks > 0 ? state.placeBytes() : 0);
      read(in, whole, at, file);
      loop.between(() -> know(table, how, tokens, length, whole));
    } finally {
      loop.between(
          () -> {
            pool.release(table);
            return true;
          });
    }
  }

  private boolean know(
      BlockTable table, KvPool.Computed how, int[] tokens, int length, ByteBuffer whole) {
    pool.know(table, how, tokens, length);
    if (whole.capacity() > 0) {
      state.writePlace(pool.makeSnapshotPlace(table), MemorySegment.ofBuffer(whole));
    }
    return true;
  }
}
