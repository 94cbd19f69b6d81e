package dev.puna.engine.constraint;
public final class Matcher {
  public void mask(float[] logits, int left) {}
  public void accept(int token) {}
  public boolean mustEnd() { return false; }
}
