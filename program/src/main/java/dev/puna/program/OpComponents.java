package dev.puna.program;

import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The components of ops that are of one type. Their accessors are looked up once for each kind of
 * op: a look-up makes new ones, each of which is slow in its first calls.
 */
final class OpComponents<C> {
  static final OpComponents<Value> VALUES = new OpComponents<>(Value.class);
  static final OpComponents<Weight> WEIGHTS = new OpComponents<>(Weight.class);

  private final Class<C> type;
  private final ClassValue<List<Method>> accessors =
      new ClassValue<>() {
        @Override
        protected List<Method> computeValue(Class<?> op) {
          return Arrays.stream(op.getRecordComponents())
              .filter(component -> component.getType() == type)
              .map(RecordComponent::getAccessor)
              .toList();
        }
      };

  private OpComponents(Class<C> type) {
    this.type = type;
  }

  /** In their order; those that are null, which an op does without, are left out. */
  List<C> of(Op op) {
    List<C> found = new ArrayList<>();
    try {
      for (Method accessor : accessors.get(op.getClass())) {
        Object value = accessor.invoke(op);
        if (value != null) {
          found.add(type.cast(value));
        }
      }
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
    return found;
  }
}
