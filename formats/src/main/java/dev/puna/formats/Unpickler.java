package dev.puna.formats;

import dev.puna.formats.Pickled.Dictionary;
import dev.puna.formats.Pickled.Sequence;
import dev.puna.formats.Pickled.Text;
import dev.puna.formats.Pickled.Tuple;
import dev.puna.tensor.PunaException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a Python pickle of protocol 2 to 5 as data (the opcodes are those of Python's pickletools).
 * A pickle is a program for a small stack machine, which may name and call any function of Python.
 * Here nothing is called: the {@link Vocabulary} says which few names are understood and what a
 * "call" of one means; any other name is refused.
 *
 * <p>Each opcode takes at least a byte of the file and makes at most one object, the number of
 * opcodes is bounded, and nothing recurses, so time and memory are bounded as well.
 */
final class Unpickler {
  private static final int MOST_OPCODES = 1 << 21;
  private static final int NEWEST_PROTOCOL = 5;

  /** What the pickles of one kind of file may mean; everything else it refuses. */
  interface Vocabulary {
    /** What a global name stands for; throws if it is not known. */
    Pickled.Global global(String module, String name);

    /** The value of a call; throws if {@code function} cannot be called like this. */
    Pickled call(Pickled function, Tuple arguments);

    /** What a persistent id, a reference to something outside the pickle, stands for. */
    Pickled persistent(Pickled id);
  }

  private final PickleCursor in;
  private final Vocabulary vocabulary;
  private final List<Pickled> stack = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();
  private final Map<Integer, Pickled> memo = new HashMap<>();

  Unpickler(MappedFile file, MemorySegment pickle, Vocabulary vocabulary) {
    this.in = new PickleCursor(file, pickle);
    this.vocabulary = vocabulary;
  }

  /** Bytes read so far. */
  long end() {
    return in.at();
  }

  /**
   * Runs to the end of the pickle.
   *
   * @throws PunaException if it is damaged, too large, or wants what the vocabulary lacks
   */
  Pickled read() {
    for (int i = 0; i < MOST_OPCODES; i++) {
      int opcode = in.u8();
      if (opcode == '.') {
        Pickled result = pop();
        if (!stack.isEmpty() || !marks.isEmpty()) {
          throw in.damaged("leaves something behind");
        }
        return result;
      }
      if (!structure(opcode) && !container(opcode) && !literal(opcode)) {
        named(opcode);
      }
    }
    throw in.damaged("has more than " + MOST_OPCODES + " steps");
  }

  /** Opcodes that move things: stack, marks, memo. */
  private boolean structure(int opcode) {
    switch (opcode) {
      case 0x80 -> { // PROTO
        int protocol = in.u8();
        if (protocol > NEWEST_PROTOCOL) {
          throw in.damaged("is of protocol " + protocol);
        }
      }
      case 0x95 -> in.skip(8); // FRAME: the size of what follows, which helps only streams
      case '(' -> marks.add(stack.size());
      case '0' -> { // POP, of a mark too
        if (!marks.isEmpty() && marks.getLast() == stack.size()) {
          marks.removeLast();
        } else {
          pop();
        }
      }
      case '1' -> popMarked();
      case '2' -> push(peek());
      case 'q' -> memo.put(in.u8(), peek());
      case 'r' -> memo.put(in.i32(), peek());
      case 0x94 -> memo.put(memo.size(), peek());
      case 'h' -> push(remembered(in.u8()));
      case 'j' -> push(remembered(in.i32()));
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean literal(int opcode) {
    switch (opcode) {
      case 'N' -> push(Pickled.Nothing.NONE);
      case 0x88 -> push(new Pickled.Flag(true));
      case 0x89 -> push(new Pickled.Flag(false));
      case 'K' -> push(new Pickled.Whole(in.u8()));
      case 'M' -> push(new Pickled.Whole(in.u16()));
      case 'J' -> push(new Pickled.Whole(in.i32()));
      case 0x8a -> push(in.integer(in.u8()));
      case 0x8b -> push(in.integer(in.i32()));
      case 'G' -> push(new Pickled.Real(in.f64()));
      case 0x8c, 'U' -> push(new Text(in.text(in.u8())));
      case 'X', 'T' -> push(new Text(in.text(in.u32())));
      case 0x8d -> push(new Text(in.text(in.i64())));
      case 'C' -> opaque(in.u8());
      case 'B' -> opaque(in.u32());
      case 0x8e, 0x96 -> opaque(in.i64());
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Raw bytes; no tensor lies in them. */
  private void opaque(long length) {
    in.skip(length);
    push(Pickled.Nothing.NONE);
  }

  private boolean container(int opcode) {
    switch (opcode) {
      case '}' -> push(new Dictionary());
      case ']', 0x8f -> push(new Sequence());
      case ')' -> push(new Tuple(List.of()));
      case 't' -> push(new Tuple(popMarked()));
      case 0x85 -> push(new Tuple(pop(1)));
      case 0x86 -> push(new Tuple(pop(2)));
      case 0x87 -> push(new Tuple(pop(3)));
      case 'l', 0x91 -> push(new Sequence(popMarked()));
      case 'd' -> {
        List<Pickled> pairs = popMarked();
        push(new Dictionary());
        put(pairs);
      }
      case 'a' -> append(pop(1));
      case 'e', 0x90 -> append(popMarked());
      case 's' -> put(pop(2));
      case 'u' -> put(popMarked());
      default -> {
        return false;
      }
    }
    return true;
  }

  private void append(List<Pickled> items) {
    if (!(peek() instanceof Sequence sequence)) {
      throw in.damaged("appends to what is no list");
    }
    sequence.items().addAll(items);
  }

  private void put(List<Pickled> pairs) {
    if (!(peek() instanceof Dictionary dictionary) || pairs.size() % 2 != 0) {
      throw in.damaged("puts something into what is no dictionary");
    }
    for (int i = 0; i < pairs.size(); i += 2) {
      dictionary.put(pairs.get(i), pairs.get(i + 1));
    }
  }

  /** Opcodes by which a pickle reaches for something outside of it. */
  private void named(int opcode) {
    switch (opcode) {
      case 'c' -> push(vocabulary.global(in.line(), in.line()));
      case 0x93 -> {
        List<Pickled> names = pop(2);
        if (!(names.getFirst() instanceof Text module) || !(names.getLast() instanceof Text name)) {
          throw in.damaged("names something by what is no text");
        }
        push(vocabulary.global(module.value(), name.value()));
      }
      case 'R', 0x81 -> {
        List<Pickled> call = pop(2);
        if (!(call.getLast() instanceof Tuple arguments)) {
          throw in.damaged("calls something with what is no tuple");
        }
        push(vocabulary.call(call.getFirst(), arguments));
      }
      case 'b' -> { // a state_dict's own attributes, which are versions of its modules
        pop();
        if (!(peek() instanceof Dictionary)) {
          throw in.damaged("sets the state of what is no dictionary");
        }
      }
      case 'Q' -> push(vocabulary.persistent(pop()));
      case 'i' -> {
        vocabulary.global(in.line(), in.line());
        throw in.damaged("makes an object of a class");
      }
      case 0x82, 0x83, 0x84 -> throw in.damaged("names something by a number (EXT)");
      default ->
          throw in.damaged("has the opcode 0x%02x, which no checkpoint needs".formatted(opcode));
    }
  }

  private void push(Pickled value) {
    stack.add(value);
  }

  private Pickled pop() {
    checkAbove(1);
    return stack.removeLast();
  }

  private Pickled peek() {
    checkAbove(1);
    return stack.getLast();
  }

  private List<Pickled> pop(int count) {
    checkAbove(count);
    return popFrom(stack.size() - count);
  }

  private List<Pickled> popMarked() {
    if (marks.isEmpty()) {
      throw in.damaged("ends a group that did not begin");
    }
    return popFrom(marks.removeLast());
  }

  private List<Pickled> popFrom(int from) {
    List<Pickled> top = stack.subList(from, stack.size());
    List<Pickled> values = new ArrayList<>(top);
    top.clear();
    return values;
  }

  private void checkAbove(int count) {
    int floor = marks.isEmpty() ? 0 : marks.getLast();
    if (stack.size() - floor < count) {
      throw in.damaged("takes more from its stack than is there");
    }
  }

  private Pickled remembered(int index) {
    Pickled value = memo.get(index);
    if (value == null) {
      throw in.damaged("recalls something that it did not store");
    }
    return value;
  }
}
