package dev.puna.model;

import java.util.List;

/**
 * How a family's instruct models are spoken to, for checkpoints that do not say it themselves.
 *
 * @param template name of a built-in chat template
 * @param marks special tokens that it is made of: it is meant only where the vocabulary has them
 * @param stops special tokens that end an answer, beside those that the checkpoint names
 * @param temperature that their authors' code draws with; 0: they name none
 * @param topP likewise; 0: none
 */
public record ChatForm(
    String template, List<String> marks, List<String> stops, double temperature, double topP) {
  /** A form whose drawing is the checkpoint's to say. */
  public ChatForm(String template, List<String> marks, List<String> stops) {
    this(template, marks, stops, 0, 0);
  }

  /** ChatML, which several families took over from OpenAI. */
  public static final ChatForm CHATML =
      new ChatForm("chatml", List.of("<|im_start|>", "<|im_end|>"), List.of("<|im_end|>"));
}
