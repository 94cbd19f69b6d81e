package dev.puna.tokenizer.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.chat.ChatTemplate.Conversation;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The prompts as the models' authors describe them, written out by hand. */
class BuiltInTemplatesTest {
  private static final Map<String, ?> SYSTEM = Map.of("role", "system", "content", "S");
  private static final Map<String, ?> FIRST = Map.of("role", "user", "content", "Q1");
  private static final Map<String, ?> ANSWER = Map.of("role", "assistant", "content", "A1");
  private static final Map<String, ?> SECOND = Map.of("role", "user", "content", "Q2");

  static Stream<Arguments> prompts() {
    String vicuna =
        "A chat between a curious user and an artificial intelligence assistant. The assistant"
            + " gives helpful, detailed, and polite answers to the user's questions. ";
    String alpaca =
        "Below is an instruction that describes a task. Write a response that appropriately"
            + " completes the request.\n\n";
    return Stream.of(
        Arguments.of(
            "llama2",
            "<s>[INST] Q1 [/INST]",
            "<s>[INST] <<SYS>>\nS\n<</SYS>>\n\nQ1 [/INST] A1 </s><s>[INST] Q2 [/INST]"),
        Arguments.of(
            "chatglm",
            "Q1[gMASK]<sop>",
            "S\n[Round 0]\n问：Q1\n答：A1\n[Round 1]\n问：Q2\n答：[gMASK]<sop>"),
        Arguments.of(
            "chatglm2",
            "[gMASK]sop[Round 1]\n\n问：Q1\n\n答：",
            "[gMASK]sopS\n\n[Round 1]\n\n问：Q1\n\n答：A1\n\n[Round 2]\n\n问：Q2\n\n答："),
        Arguments.of(
            "chatglm3",
            "[gMASK]sop<|user|>\n Q1<|assistant|>",
            "[gMASK]sop<|system|>\n S<|user|>\n Q1<|assistant|>\n A1<|user|>\n Q2<|assistant|>"),
        Arguments.of(
            "baichuan",
            "<reserved_102>Q1<reserved_103>",
            "S<reserved_102>Q1<reserved_103>A1</s><reserved_102>Q2<reserved_103>"),
        Arguments.of(
            "baichuan2",
            "<reserved_106>Q1<reserved_107>",
            "S<reserved_106>Q1<reserved_107>A1<reserved_106>Q2<reserved_107>"),
        Arguments.of(
            "vicuna",
            vicuna + "USER: Q1 ASSISTANT:",
            "S USER: Q1 ASSISTANT: A1</s>USER: Q2 ASSISTANT:"),
        Arguments.of(
            "alpaca",
            alpaca + "### Instruction:\nQ1\n\n### Response:",
            "S\n\n### Instruction:\nQ1\n\n### Response:\nA1</s>\n\n"
                + "### Instruction:\nQ2\n\n### Response:"),
        Arguments.of(
            "internlm",
            "<s><|User|>:Q1<eoh>\n<|Bot|>:",
            "<s><|System|>:S\n<|User|>:Q1<eoh>\n<|Bot|>:A1<eoa>\n<|User|>:Q2<eoh>\n<|Bot|>:"),
        Arguments.of(
            "chatml",
            "<|im_start|>user\nQ1<|im_end|>\n<|im_start|>assistant\n",
            "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nQ1<|im_end|>\n"
                + "<|im_start|>assistant\nA1<|im_end|>\n<|im_start|>user\nQ2<|im_end|>\n"
                + "<|im_start|>assistant\n"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("prompts")
  void promptsAreThoseOfTheModels(String name, String one, String several) {
    ChatTemplate template = BuiltInTemplates.of(name);
    assertThat(render(template, FIRST)).isEqualTo(one);
    assertThat(render(template, SYSTEM, FIRST, ANSWER, SECOND)).isEqualTo(several);
  }

  @SafeVarargs
  private static String render(ChatTemplate template, Map<String, ?>... messages) {
    Map<String, ?> tokens = Map.of("bos_token", "<s>", "eos_token", "</s>");
    return template.render(new Conversation(List.of(messages), null, true, tokens));
  }

  @Test
  void allAreTested() {
    assertThat(prompts().map(a -> String.valueOf(a.get()[0])))
        .containsExactlyInAnyOrderElementsOf(BuiltInTemplates.NAMES);
    assertThatThrownBy(() -> BuiltInTemplates.of("gpt5"))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("alpaca, baichuan");
  }
}
