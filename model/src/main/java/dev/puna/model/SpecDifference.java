package dev.puna.model;

import dev.puna.program.Rotation;
import dev.puna.program.Scores;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What two architectures do not have in common, within the texts that they were trained to see.
 * Which columns of queries and keys turn together is none: rows can change places.
 */
final class SpecDifference {
  /** Relative: more than single precision loses. */
  private static final double TOLERANCE = 1e-5;

  private final int context;

  private SpecDifference(int context) {
    this.context = context;
  }

  /** The first difference, like "layers[1].ffn.routing.scale: 2.5, 1.0"; null if there is none. */
  static @Nullable String between(Spec a, Spec b) {
    return new SpecDifference(b.context()).of("", a, b);
  }

  private @Nullable String of(String at, @Nullable Object a, @Nullable Object b) {
    if (Objects.equals(a, b)) {
      return null;
    }
    if (a instanceof Number x && b instanceof Number y) {
      return close(x.doubleValue(), y.doubleValue()) ? null : told(at, a, b);
    }
    if (a instanceof List<?> x && b instanceof List<?> y && x.size() == y.size()) {
      for (int i = 0; i < x.size(); i++) {
        String difference = of("%s[%d]".formatted(at, i), x.get(i), y.get(i));
        if (difference != null) {
          return difference;
        }
      }
      return null;
    }
    if (a instanceof Rotation x && b instanceof Rotation y) {
      return sameTurns(x, y) ? null : told(at, a, b);
    }
    if (a instanceof Scores x && b instanceof Scores y && x.logFrom() != y.logFrom()) {
      boolean never = Math.min(x.logFrom() - 1, y.logFrom() - 1) < 0;
      return never && Math.max(x.logFrom(), y.logFrom()) >= context
          ? of(at, new Scores(x.cap(), x.bias(), 0), new Scores(y.cap(), y.bias(), 0))
          : told(at + ".logFrom", x.logFrom(), y.logFrom());
    }
    if (a instanceof Record && b instanceof Record && a.getClass() == b.getClass()) {
      return ofRecords(at, a, b);
    }
    return told(at, a, b);
  }

  private @Nullable String ofRecords(String at, Object a, Object b) {
    for (RecordComponent part : a.getClass().getRecordComponents()) {
      if (at.isEmpty() && part.getName().equals("context")) {
        continue; // the shorter one counts
      }
      String name = at.isEmpty() ? part.getName() : at + "." + part.getName();
      try {
        Object x = part.getAccessor().invoke(a);
        Object y = part.getAccessor().invoke(b);
        String difference = of(name, x, y);
        if (difference != null) {
          return difference;
        }
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(name, e);
      }
    }
    return null;
  }

  private boolean sameTurns(Rotation a, Rotation b) {
    if (a.size() != b.size()
        || a.from() != b.from()
        || a.axis() != b.axis()
        || !close(a.scaling().magnitude(), b.scaling().magnitude())) {
      return false;
    }
    for (int length : new int[] {1, context}) {
      float[] x = a.frequencies(length);
      float[] y = b.frequencies(length);
      for (int i = 0; i < x.length; i++) {
        if (!close(x[i], y[i])) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean close(double a, double b) {
    return Math.abs(a - b) <= TOLERANCE * Math.abs(a);
  }

  private static String told(String at, @Nullable Object a, @Nullable Object b) {
    return "%s: %s, %s".formatted(at, a, b);
  }
}
