package dev.puna.program;

import dev.puna.tensor.PunaException;

/** A program needs a module of the JDK that java was not asked to add. */
public final class MissingModule extends PunaException {
  private static final long serialVersionUID = 1L;

  private final String module;

  /**
   * @param module its name
   * @param user what needs it, for the user to read
   */
  public MissingModule(String module, String user) {
    super(
        "the module " + module + " is missing for " + user,
        "pass --add-modules " + module + " to java");
    this.module = module;
  }

  /** The module's name. */
  public String module() {
    return module;
  }
}
