package dev.puna.tokenizer.json;

import dev.puna.formats.Config;
import dev.puna.tokenizer.pattern.TextPattern;
import dev.puna.tokenizer.split.Behavior;
import dev.puna.tokenizer.split.ByteLevel;
import dev.puna.tokenizer.split.CharacterSplit;
import dev.puna.tokenizer.split.FixedLength;
import dev.puna.tokenizer.split.Metaspace;
import dev.puna.tokenizer.split.PatternSplit;
import dev.puna.tokenizer.split.PreTokenizer;
import dev.puna.tokenizer.split.UnicodeScripts;
import dev.puna.tokenizer.split.Words;
import java.util.ArrayList;
import java.util.List;

/** The part "pre_tokenizer" of a tokenizer.json, as a flat list of stages. */
final class PreTokenizerJson {
  private PreTokenizerJson() {}

  static List<PreTokenizer> read(Config part) {
    return switch (part.text("type")) {
      case "Sequence" -> sequence(part);
      case "ByteLevel" -> byteLevel(part);
      case "Split" -> List.of(split(part));
      case "Metaspace" -> List.of(metaspace(part));
      case "Whitespace" -> List.of(new Words());
      case "WhitespaceSplit" -> List.of(CharacterSplit.whiteSpace());
      case "BertPreTokenizer" -> CharacterSplit.bert().stages();
      case "Digits" -> List.of(CharacterSplit.digits(part.flag("individual_digits", false)));
      case "Punctuation" ->
          List.of(
              CharacterSplit.punctuation(behavior(part, Kind.text(part, "behavior", "Isolated"))));
      case "CharDelimiterSplit" -> {
        int delimiter = Kind.character(part, "delimiter");
        yield List.of(new CharacterSplit(point -> point == delimiter, Behavior.REMOVED));
      }
      case "UnicodeScripts" -> List.of(new UnicodeScripts());
      case "FixedLength" -> List.of(new FixedLength(part.positive("length", 5)));
      default -> throw Kind.unknown(part);
    };
  }

  private static List<PreTokenizer> sequence(Config part) {
    List<PreTokenizer> all = new ArrayList<>();
    for (Config stage : Kind.parts(part, "pretokenizers")) {
      all.addAll(read(stage));
    }
    return all;
  }

  private static List<PreTokenizer> byteLevel(Config part) {
    List<PreTokenizer> stages = new ArrayList<>();
    if (part.flag("add_prefix_space", true)) {
      stages.add(new ByteLevel.PrefixSpace());
    }
    if (part.flag("use_regex", true)) {
      stages.add(PatternSplit.isolating(part.where(), PatternSplit.GPT2));
    }
    stages.add(new ByteLevel());
    return stages;
  }

  private static PreTokenizer split(Config part) {
    Kind.Pattern pattern = Kind.Pattern.of(part);
    Behavior behavior = behavior(part, part.text("behavior"));
    boolean inverted = part.flag("invert", false);
    String literal = pattern.literal();
    if (literal != null) {
      return new PatternSplit(TextPattern.literal(literal), literal, false, behavior, inverted);
    }
    String regex = String.valueOf(pattern.regex());
    return new PatternSplit(
        TextPattern.regex(part.where(), regex), regex, true, behavior, inverted);
  }

  private static Behavior behavior(Config part, String name) {
    return switch (name) {
      case "Removed" -> Behavior.REMOVED;
      case "Isolated" -> Behavior.ISOLATED;
      case "Contiguous" -> Behavior.CONTIGUOUS;
      case "MergedWithPrevious" -> Behavior.MERGED_WITH_PREVIOUS;
      case "MergedWithNext" -> Behavior.MERGED_WITH_NEXT;
      default -> throw Kind.wrong(part, "behavior", name);
    };
  }

  private static Metaspace metaspace(Config part) {
    return new Metaspace(
        Kind.character(part, "replacement"), prepend(part), part.flag("split", true));
  }

  /** Old files say whether to add a prefix space, newer ones where. */
  static Metaspace.Prepend prepend(Config part) {
    String name = part.text("prepend_scheme", null);
    if (name == null) {
      return part.flag("add_prefix_space", true)
          ? Metaspace.Prepend.ALWAYS
          : Metaspace.Prepend.NEVER;
    }
    return switch (name) {
      case "always" -> Metaspace.Prepend.ALWAYS;
      case "first" -> Metaspace.Prepend.FIRST;
      case "never" -> Metaspace.Prepend.NEVER;
      default -> throw Kind.wrong(part, "prepend_scheme", name);
    };
  }
}
