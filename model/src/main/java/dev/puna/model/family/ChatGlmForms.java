package dev.puna.model.family;

import dev.puna.model.ChatForm;
import java.util.List;

/** How the ChatGLMs are asked. */
final class ChatGlmForms {
  private ChatGlmForms() {}

  /** Rounds that are counted, in Chinese. */
  static final ChatForm SECOND = new ChatForm("chatglm2", List.of("[gMASK]"), List.of(), 0.8, 0.8);

  /** Roles that are tokens. */
  static final ChatForm THIRD =
      new ChatForm(
          "chatglm3", List.of("[gMASK]"), List.of("<|user|>", "<|observation|>"), 0.8, 0.8);
}
