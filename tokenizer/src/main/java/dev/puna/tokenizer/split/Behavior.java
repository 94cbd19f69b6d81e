package dev.puna.tokenizer.split;

/** What becomes of the delimiters that a text is split at; "a-b" is split at "-" here. */
public enum Behavior {
  /** "a", "b". */
  REMOVED,
  /** "a", "-", "b". */
  ISOLATED,
  /** As isolated, but delimiters side by side stay together. */
  CONTIGUOUS,
  /** "a-", "b": the first of several delimiters, the others stand alone. */
  MERGED_WITH_PREVIOUS,
  /** "a", "-b": the last of several delimiters, the others stand alone. */
  MERGED_WITH_NEXT
}
