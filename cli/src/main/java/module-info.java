/** The command line. */
module dev.puna.cli {
  requires com.fasterxml.jackson.databind;
  requires dev.puna.cpu;
  requires dev.puna.engine;
  requires info.picocli;
  requires progressbar;

  opens dev.puna.cli to
      info.picocli;
}
