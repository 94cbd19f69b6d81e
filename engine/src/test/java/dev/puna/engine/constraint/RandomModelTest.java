package dev.puna.engine.constraint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.puna.engine.Constraint;
import dev.puna.tokenizer.Tokenizer;
import dev.puna.tokenizer.TokenizerReader;
import java.io.ByteArrayOutputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Whatever a model says, the text is whole and valid within the tokens it has: a thousand grammars
 * and a thousand schemas with logits of chance over the vocabulary of a real model, judged by an
 * Earley parser and by a validator of JSON Schema that know nothing of constraints.
 */
class RandomModelTest {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  /** A vocabulary and the tokens that end its texts. */
  private record Model(Vocabulary vocabulary, int size, int end) {}

  /** The model's in shared/models; bytes and some longer tokens where that is not there. */
  private static Model model() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path file = at.resolve("shared/models/stories260K.gguf");
      if (Files.exists(file)) {
        Tokenizer tokenizer = TokenizerReader.read(file);
        int end = tokenizer.special().eos().orElseThrow();
        int size = tokenizer.size();
        return new Model(Vocabulary.of(tokenizer, size, Set.of(end)), size, end);
      }
    }
    return new Model(Walk.BYTES, 257, Walk.END);
  }

  private final Model model = model();

  /** The text of a model whose logits are chance; some like ends, some avoid them. */
  private String generate(CompiledConstraint constraint, int tokens, Random random, String liked)
      throws CharacterCodingException {
    Matcher matcher = new Matcher(constraint);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    float[] logits = new float[model.size];
    float towardsEnd = random.nextInt(3) * 4 - 6;
    for (int left = tokens; ; left--) {
      for (int i = 0; i < logits.length; i++) {
        byte[] bytes = model.vocabulary.bytes(i);
        boolean likes = bytes.length > 0 && liked.indexOf(bytes[bytes.length - 1]) >= 0;
        logits[i] = (float) random.nextGaussian() + (likes ? 3 : 0);
      }
      logits[model.end] += towardsEnd;
      matcher.mask(logits, left);
      int best = 0;
      for (int i = 1; i < logits.length; i++) {
        best = logits[i] > logits[best] ? i : best;
      }
      assertThat(logits[best]).isGreaterThan(Float.NEGATIVE_INFINITY);
      if (best == model.end) {
        assertThat(matcher.canEnd()).isTrue();
        break;
      }
      assertThat(left).as("tokens left").isPositive();
      matcher.accept(best);
      text.writeBytes(model.vocabulary.bytes(best));
    }
    return StandardCharsets.UTF_8
        .newDecoder()
        .decode(java.nio.ByteBuffer.wrap(text.toByteArray()))
        .toString();
  }

  private static int budget(CompiledConstraint constraint, Random random) {
    int fewest = constraint.fewestTokens();
    return switch (random.nextInt(3)) {
      case 0 -> fewest;
      case 1 -> fewest + random.nextInt(8);
      default -> fewest + random.nextInt(60);
    };
  }

  @Test
  void textsMeetGrammars() throws CharacterCodingException {
    Random random = new Random(21);
    String[] words = {
      "once", "a", " ", "b", "\u00e4", "\uD83D\uDE00", "{\"k\": ", "}", "the", "\n"
    };
    int bytes = 0;
    for (int round = 0; round < 1000; round++) {
      RandomGrammar grammar = new RandomGrammar(random, 1 + random.nextInt(6), words);
      CompiledConstraint constraint =
          CompiledConstraint.of(new Constraint.Grammar(grammar.gbnf.toString()), model.vocabulary);
      String text = generate(constraint, budget(constraint, random), random, "");
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      bytes += utf8.length;
      if (utf8.length < 300) { // the parser is a slow one
        assertThat(grammar.earley.accepts(utf8)).as("'%s' of %s", text, grammar.gbnf).isTrue();
      }
    }
    assertThat(bytes).isGreaterThan(5_000);
  }

  @Test
  void textsMeetSchemas() throws Exception {
    Random random = new Random(22);
    RandomSchema schemas = new RandomSchema(random);
    SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    assertThat(errors(registry, JSON.readTree("{\"format\":\"date\"}"), "\"2024-02-30\""))
        .as("the validator looks at formats")
        .isNotEmpty();
    int bytes = 0;
    for (int round = 0; round < 1000; round++) {
      ObjectNode schema = schemas.next();
      CompiledConstraint constraint;
      try {
        constraint =
            CompiledConstraint.of(
                new Constraint.JsonSchema(JSON.writeValueAsString(schema)), model.vocabulary);
      } catch (RuntimeException e) {
        throw new AssertionError(schema.toString(), e);
      }
      String text = generate(constraint, budget(constraint, random), random, "");
      bytes += text.length();
      JsonNode value = JSON.readTree(text); // refuses what is no JSON
      assertThat(errors(registry, schema, text)).as("%s by %s", value, schema).isEmpty();
    }
    assertThat(bytes).isGreaterThan(10_000);
  }

  private static List<?> errors(SchemaRegistry registry, JsonNode schema, String text) {
    Schema validator = registry.getSchema(schema);
    return validator.validate(
        text,
        InputFormat.JSON,
        context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)));
  }

  /** Any JSON value, deep and long, closed in time. */
  @Test
  void anyJsonEndsInTime() throws Exception {
    CompiledConstraint constraint =
        CompiledConstraint.of(new Constraint.JsonSchema("{}"), model.vocabulary);
    Random random = new Random(23);
    int deepest = 0;
    for (int round = 0; round < 200; round++) {
      String text = generate(constraint, 1 + random.nextInt(200), random, "[{:");
      JSON.readTree(text);
      int depth = 0;
      for (char c : text.toCharArray()) {
        depth += c == '[' || c == '{' ? 1 : 0;
        deepest = Math.max(deepest, depth);
      }
    }
    assertThat(deepest).isGreaterThan(5);
  }
}
