package dev.puna.engine;

/** How unlikely tokens are kept from being drawn. */
public sealed interface Truncation permits Cuts, Mirostat {}
