package dev.puna.tokenizer.split;

import dev.puna.tokenizer.text.Categories;

/** Whitespace: runs of word characters, and runs of others that are not white space. */
public record Words() implements PreTokenizer {
  @Override
  public void split(int[] text, int from, int to, boolean atStart, Sink next) {
    int start = from;
    while (start < to) {
      if (CharacterSplit.isWhiteSpace(text[start])) {
        start++;
        continue;
      }
      boolean word = Categories.isWord(text[start]);
      int end = start + 1;
      while (end < to
          && !CharacterSplit.isWhiteSpace(text[end])
          && Categories.isWord(text[end]) == word) {
        end++;
      }
      next.accept(text, start, end, atStart && start == from);
      start = end;
    }
  }
}
