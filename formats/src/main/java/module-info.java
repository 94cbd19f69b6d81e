/** Checkpoint files: GGUF, safetensors, PyTorch, llama2.c; config.json. */
module dev.puna.formats {
  requires transitive dev.puna.tensor;
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.databind;

  exports dev.puna.formats;
}
