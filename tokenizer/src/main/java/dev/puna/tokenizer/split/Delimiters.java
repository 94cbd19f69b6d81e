package dev.puna.tokenizer.split;

import dev.puna.tokenizer.split.PreTokenizer.Sink;

/**
 * Takes delimiters and what lies between them from left to right and passes stretches on as a
 * {@link Behavior} says.
 */
final class Delimiters {
  private final Behavior behavior;
  private final int[] text;
  private final int from;
  private final boolean atStart;
  private final Sink next;

  /** The stretch that may still grow; empty if there is none. */
  private int pendingStart;

  private int pendingEnd;
  private boolean pending;
  private boolean afterDelimiter;

  Delimiters(Behavior behavior, int[] text, int from, boolean atStart, Sink next) {
    this.behavior = behavior;
    this.text = text;
    this.from = from;
    this.atStart = atStart;
    this.next = next;
  }

  void add(int start, int end, boolean delimiter) {
    switch (behavior) {
      case REMOVED -> {
        if (!delimiter) {
          emit(start, end);
        }
      }
      case ISOLATED -> emit(start, end);
      case CONTIGUOUS -> grow(start, end, delimiter == afterDelimiter);
      case MERGED_WITH_PREVIOUS -> grow(start, end, delimiter && !afterDelimiter);
      case MERGED_WITH_NEXT -> grow(start, end, !delimiter && afterDelimiter);
    }
    afterDelimiter = delimiter;
  }

  private void grow(int start, int end, boolean joined) {
    if (pending && joined) {
      pendingEnd = end;
      return;
    }
    finish();
    pendingStart = start;
    pendingEnd = end;
    pending = true;
  }

  void finish() {
    if (pending) {
      emit(pendingStart, pendingEnd);
      pending = false;
    }
  }

  private void emit(int start, int end) {
    if (start < end) {
      next.accept(text, start, end, atStart && start == from);
    }
  }
}
