package dev.puna.tokenizer.chat;

import dev.puna.tokenizer.chat.Token.Kind;
import java.util.List;

/** A position in the tokens of a template. */
final class TokenStream {
  private static final int DEEPEST = 100;

  private final List<Token> tokens;
  private int at;
  private int depth;

  TokenStream(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token peek() {
    return tokens.get(at);
  }

  /** The token after the next one. */
  Token peekSecond() {
    return tokens.get(Math.min(at + 1, tokens.size() - 1));
  }

  Token next() {
    Token token = tokens.get(at);
    at = Math.min(at + 1, tokens.size() - 1);
    return token;
  }

  int line() {
    return peek().line();
  }

  boolean sees(Kind kind) {
    return peek().kind() == kind;
  }

  boolean seesOperator(String operator) {
    return peek().is(Kind.OPERATOR, operator);
  }

  boolean seesName(String name) {
    return peek().is(Kind.NAME, name);
  }

  boolean skipOperator(String operator) {
    return skip(seesOperator(operator));
  }

  boolean skipName(String name) {
    return skip(seesName(name));
  }

  private boolean skip(boolean seen) {
    if (seen) {
      next();
    }
    return seen;
  }

  void expectOperator(String operator) {
    if (!skipOperator(operator)) {
      throw unexpected("'" + operator + "'");
    }
  }

  void expectName(String name) {
    if (!skipName(name)) {
      throw unexpected("'" + name + "'");
    }
  }

  String expectName() {
    if (!sees(Kind.NAME)) {
      throw unexpected("a name");
    }
    return next().text();
  }

  void expect(Kind kind) {
    if (!sees(kind)) {
      throw unexpected(new Token(kind, "", 0).describe());
    }
    next();
  }

  TemplateException unexpected(String wanted) {
    return error(peek().describe() + " stands where " + wanted + " is expected");
  }

  TemplateException error(String what) {
    return new TemplateException(what, line());
  }

  /** Bounds how deep expressions and tags nest, and with it the stack that running them takes. */
  void enter() {
    if (++depth > DEEPEST) {
      throw error("expressions and tags nest deeper than " + DEEPEST);
    }
  }

  void leave() {
    depth--;
  }
}
