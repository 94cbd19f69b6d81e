package dev.puna.model;

/**
 * Whose conventions a checkpoint follows where the same weights can be laid out in several ways.
 */
public enum Layout {
  /** config.json beside safetensors or .bin files, as transformers writes them. */
  HUGGING_FACE,
  /** A .gguf file, as llama.cpp's converter writes it. */
  GGUF,
  /** The original LLaMA release and what copies it, llama2.c among them. */
  META
}
