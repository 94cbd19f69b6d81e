package dev.puna.engine;
public sealed interface Constraint { record Grammar(String gbnf) implements Constraint {} }
