/**
 * Checkpoint files and their configuration: {@link dev.puna.formats.TensorFile} and its kinds
 * (GGUF, safetensors, PyTorch, Meta's shards, llama2.c), all mapped; {@link
 * dev.puna.formats.QuantizedFile}, a view of one; {@link dev.puna.formats.Config} for JSON; {@link
 * dev.puna.formats.GgufWriter} and {@link dev.puna.formats.SafetensorsWriter}.
 *
 * <p>Files are not trusted: sizes, counts and offsets are compared with what the file has before
 * anything is allocated, and a file that is refused is refused with one clear line.
 */
@NullMarked
package dev.puna.formats;

import org.jspecify.annotations.NullMarked;
