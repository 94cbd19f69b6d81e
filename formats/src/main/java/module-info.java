/** Checkpoint files: GGUF, safetensors, llama2.c; config.json. */
module dev.puna.formats {
  requires transitive dev.puna.tensor;
}
