package dev.puna.cpu.asm;

/** When a jump is taken, after a comparison a : b or a subtraction. */
public enum Condition {
  BELOW(2),
  AT_LEAST(3),
  ZERO(4),
  NOT_ZERO(5),
  LESS(12),
  NOT_LESS(13),
  NOT_GREATER(14),
  GREATER(15);

  final int code;

  Condition(int code) {
    this.code = code;
  }
}
