package dev.puna.engine;
import java.util.List;
final class TokenScorer {
  TokenScorer(int top) {}
  TokenScore score(Outputs outputs, int output, int token) { return new TokenScore(token, 0, List.of()); }
}
