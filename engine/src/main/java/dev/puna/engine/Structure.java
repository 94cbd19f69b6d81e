package dev.puna.engine;
public final class Structure<T> { }
