package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.model.Checkpoint;
import dev.puna.model.Conventions;
import dev.puna.tokenizer.chat.ChatTemplate;
import dev.puna.tokenizer.chat.ChatTemplate.Conversation;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What families of which no template, stop token or beginning is in the checkpoint are known to
 * want; the ids are those of the published vocabularies.
 */
class ConventionsTest {
  @ParameterizedTest
  @CsvSource({
    // the blank and the beginning of the answer, as the fixture numbers them, follow the text;
    // <eop> is 130005 in the vocabulary
    "chatglm_6b, chatglm_6b, '', '251 254', 130005, [gMASK]<sop>",
    // [gMASK] 64790 and sop 64792 begin it
    "chatglm2_6b, chatglm2, '64790 64792', '', '', [Round 1]",
    "internlm_7b, internlm, '1', '', 103028, <|User|>",
    // [CLS] 101, [SEP] 102
    "bert, bge/bge-small-en-v1.5-tokenizer.json, '101', '102', '', ''"
  })
  void aroundATextAndAConversation(
      String fixture, String vocabulary, String start, String end, String stop, String template) {
    Path model = Shared.data("fixtures/" + fixture);
    Path tokenizer = Shared.data("tokenizers/" + vocabulary);
    try (Checkpoint checkpoint = Checkpoint.open(model, tokenizer)) {
      Conventions conventions = checkpoint.conventions();
      assertThat(conventions.start()).as("start").containsExactlyElementsOf(ids(start));
      assertThat(conventions.end()).as("end").containsExactlyElementsOf(ids(end));
      if (!stop.isEmpty()) {
        assertThat(conventions.stops()).contains(Integer.valueOf(stop));
      }
      if (!template.isEmpty()) {
        ChatTemplate chat = conventions.chatTemplate(false).orElseThrow();
        List<Map<String, String>> messages = List.of(Map.of("role", "user", "content", "Hi"));
        String text = chat.render(new Conversation(messages, true));
        assertThat(text).contains(template).contains("Hi");
      }
    }
  }

  private static List<Integer> ids(String text) {
    return text.isEmpty()
        ? List.of()
        : java.util.Arrays.stream(text.split(" ")).map(Integer::valueOf).toList();
  }
}
