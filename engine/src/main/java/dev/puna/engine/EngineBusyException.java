package dev.puna.engine;

import dev.puna.tensor.PunaException;

/** As many requests run and wait as may: the caller should come back later. */
public final class EngineBusyException extends PunaException {
  private static final long serialVersionUID = 1;

  EngineBusyException(long most) {
    super("the engine has %d requests, and takes no more".formatted(most), "ask again in a while");
  }
}
