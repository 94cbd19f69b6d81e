package dev.puna.engine;

import dev.puna.tokenizer.Tokenizer;
import dev.puna.tokenizer.chat.ChatTemplate;
import dev.puna.tokenizer.chat.ChatTemplate.Conversation;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A conversation as a model reads it.
 *
 * @param text what the template makes of it
 * @param ids of the text, in which the names of special tokens stand for them
 */
public record ChatPrompt(String text, int[] ids) {
  /**
   * Renders a conversation for a model. The template is told the texts of its special tokens; the
   * beginning-of-text token is put in front where the model wants one and the template has none.
   *
   * @throws dev.puna.tensor.PunaException if the template does not take the conversation
   */
  public static ChatPrompt of(
      Tokenizer tokenizer, ChatTemplate template, Conversation conversation) {
    Map<String, Object> variables = new LinkedHashMap<>();
    name(tokenizer, "bos_token", tokenizer.special().bos(), variables);
    name(tokenizer, "eos_token", tokenizer.special().eos(), variables);
    name(tokenizer, "unk_token", tokenizer.special().unk(), variables);
    name(tokenizer, "pad_token", tokenizer.special().pad(), variables);
    variables.putAll(conversation.variables());
    String text =
        template.render(
            new Conversation(
                conversation.messages(),
                conversation.tools(),
                conversation.addGenerationPrompt(),
                variables));
    return new ChatPrompt(text, begun(tokenizer, tokenizer.encodeSpecial(text)));
  }

  private static void name(
      Tokenizer tokenizer, String variable, OptionalInt id, Map<String, Object> variables) {
    id.ifPresent(token -> variables.put(variable, tokenizer.piece(token)));
  }

  private static int[] begun(Tokenizer tokenizer, int[] ids) {
    OptionalInt bos = tokenizer.special().bos();
    boolean there = ids.length > 0 && bos.isPresent() && ids[0] == bos.getAsInt();
    if (there || bos.isEmpty() || !tokenizer.special().addBos()) {
      return ids;
    }
    int[] all = new int[ids.length + 1];
    all[0] = bos.getAsInt();
    System.arraycopy(ids, 0, all, 1, ids.length);
    return all;
  }
}
