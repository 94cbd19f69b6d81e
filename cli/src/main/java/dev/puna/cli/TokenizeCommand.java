package dev.puna.cli;

import dev.puna.engine.ChatPrompt;
import dev.puna.model.Checkpoint;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.Tokenizer;
import dev.puna.tokenizer.chat.ChatTemplate;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code puna tokenize}: text to ids and back. */
@Command(
    name = "tokenize",
    description = "Text to token ids and back.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  puna tokenize -p \"Hello world\"",
      "  puna tokenize -m tokenizer.model -f texts.txt --split '<|end|>' --json",
      "  puna tokenize -m model.gguf --decode 15043,3186",
      "  puna tokenize -m model.gguf --chat conversation.json"
    })
final class TokenizeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "FILE",
      description =
          "A model, or a tokenizer by itself (tokenizer.json, tokenizer.model, vocab.json ...).")
  private @Nullable String model;

  @Option(names = "--tokenizer", paramLabel = "FILE", description = "Another tokenizer's file.")
  private @Nullable Path tokenizerFile;

  /** What is translated. */
  static final class Input {
    @Option(
        names = {"-p", "--prompt"},
        paramLabel = "TEXT",
        description = "The text.")
    @Nullable String text;

    @Option(
        names = {"-f", "--file"},
        paramLabel = "FILE",
        description = "A file with the text (UTF-8).")
    @Nullable Path file;

    @Option(names = "--decode", split = ",", paramLabel = "ID", description = "Ids to text.")
    int @Nullable [] ids;

    @Option(
        names = "--chat",
        paramLabel = "FILE",
        description =
            "A conversation (JSON: an object with \"messages\", and where wanted \"tools\" and"
                + " \"add_generation_prompt\"), put through the chat template.")
    @Nullable Path chat;
  }

  @ArgGroup(multiplicity = "1")
  private Input input;

  @Mixin private ChatOptions chatOptions;

  @Option(
      names = "--split",
      paramLabel = "MARKER",
      description = "The file holds many texts with this between them.")
  private @Nullable String marker;

  @Option(names = "--add-bos", description = "Begin with the beginning-of-text token.")
  private boolean addBos;

  @Option(names = "--parse-special", description = "Read special tokens' names as these tokens.")
  private boolean parseSpecial;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Override
  public Integer call() {
    Path file = tokenizerFile != null ? tokenizerFile : Bundled.resolve(model);
    Tokenizer tokenizer = Checkpoint.tokenizer(file);
    PrintWriter out = spec.commandLine().getOut();
    if (input.ids != null) {
      decode(tokenizer, input.ids, out);
      return 0;
    }
    if (input.chat != null) {
      chat(tokenizer, file, input.chat, out);
      return 0;
    }
    String text = input.file != null ? PromptOptions.read(input.file) : String.valueOf(input.text);
    if (marker != null && !marker.isEmpty()) {
      encodeAll(tokenizer, text, marker, out);
    } else {
      encode(tokenizer, text, out);
    }
    out.flush();
    return 0;
  }

  private void decode(Tokenizer tokenizer, int[] ids, PrintWriter out) {
    for (int id : ids) {
      if (id < 0 || id >= tokenizer.size()) {
        throw new PunaException(
            "token id " + id + " is not in the vocabulary of " + tokenizer.size(),
            "ids go from 0 to " + (tokenizer.size() - 1));
      }
    }
    String text = tokenizer.decode(ids);
    if (json) {
      Json.print(out, Map.of("text", text));
    } else {
      out.println(text);
    }
    out.flush();
  }

  private void chat(Tokenizer tokenizer, Path model, Path file, PrintWriter out) {
    ChatTemplate.Conversation conversation = ChatOptions.read(file);
    boolean tools = conversation.tools() != null;
    ChatTemplate template =
        chatOptions.template(model, () -> Checkpoint.chatTemplate(model, tools));
    ChatPrompt prompt = ChatPrompt.of(tokenizer, template, conversation);
    if (json) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("text", prompt.text());
      document.put("ids", prompt.ids());
      document.put("pieces", pieces(tokenizer, prompt.ids()));
      Json.print(out, document);
    } else {
      out.println(prompt.text());
      out.flush();
    }
  }

  private static List<String> pieces(Tokenizer tokenizer, int[] ids) {
    return Arrays.stream(ids).mapToObj(tokenizer::piece).toList();
  }

  private void encode(Tokenizer tokenizer, String text, PrintWriter out) {
    int[] ids = ids(tokenizer, text);
    List<String> pieces = pieces(tokenizer, ids);
    if (json) {
      Json.print(out, Map.of("ids", ids, "pieces", pieces));
      return;
    }
    for (int i = 0; i < ids.length; i++) {
      out.printf("%6d  %s%n", ids[i], visible(pieces.get(i)));
    }
  }

  private void encodeAll(Tokenizer tokenizer, String text, String between, PrintWriter out) {
    List<Map<String, int[]>> all = new ArrayList<>();
    int from = 0;
    for (int at = text.indexOf(between); at >= 0; at = text.indexOf(between, from)) {
      all.add(Map.of("ids", ids(tokenizer, text.substring(from, at))));
      from = at + between.length();
    }
    all.add(Map.of("ids", ids(tokenizer, text.substring(from))));
    if (json) {
      Json.print(out, all);
      return;
    }
    for (Map<String, int[]> one : all) {
      out.println(
          Arrays.stream(one.get("ids")).mapToObj(String::valueOf).collect(Collectors.joining(" ")));
    }
  }

  private int[] ids(Tokenizer tokenizer, String text) {
    int[] ids = parseSpecial ? tokenizer.encodeSpecial(text) : tokenizer.encode(text);
    if (!addBos) {
      return ids;
    }
    int bos =
        tokenizer
            .special()
            .bos()
            .orElseThrow(
                () ->
                    new PunaException(
                        "this vocabulary has no beginning-of-text token", "leave out --add-bos"));
    int[] all = new int[ids.length + 1];
    all[0] = bos;
    System.arraycopy(ids, 0, all, 1, ids.length);
    return all;
  }

  private static String visible(String piece) {
    return piece.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r");
  }
}
