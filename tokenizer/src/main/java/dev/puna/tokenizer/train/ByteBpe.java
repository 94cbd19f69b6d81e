package dev.puna.tokenizer.train;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.puna.formats.AtomicFile;
import dev.puna.tokenizer.split.PatternSplit;
import dev.puna.tokenizer.text.ByteAlphabet;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** A vocabulary of byte-level BPE that was trained, and the files it can be written to. */
public final class ByteBpe {
  private final ByteBpeTrainer.Training training;
  private final List<String> pieces = new ArrayList<>();
  private final List<String[]> merges = new ArrayList<>();
  private final long corpusBytes;

  ByteBpe(
      ByteBpeTrainer.Training training,
      List<byte[]> symbols,
      List<PairMerges.Merge> learned,
      long corpusBytes) {
    this.training = training;
    this.corpusBytes = corpusBytes;
    pieces.addAll(training.special());
    symbols.forEach(bytes -> pieces.add(ByteAlphabet.piece(bytes)));
    int first = training.special().size();
    for (PairMerges.Merge merge : learned) {
      merges.add(
          new String[] {pieces.get(first + merge.left()), pieces.get(first + merge.right())});
    }
  }

  /** The pieces by id, bytes written as GPT-2 does: {@code Ġthe} for " the". */
  public List<String> pieces() {
    return List.copyOf(pieces);
  }

  /** The merges in the order in which they apply, a space between the two parts. */
  public List<String> merges() {
    return merges.stream().map(merge -> merge[0] + " " + merge[1]).toList();
  }

  /** The bytes of text that it was trained on. */
  public long corpusBytes() {
    return corpusBytes;
  }

  /**
   * Writes a file of the library `tokenizers`, usually named tokenizer.json.
   *
   * @throws dev.puna.tensor.PunaException if it cannot be written
   */
  public void writeTokenizerJson(Path file) {
    String json = json(this::tokenizer);
    AtomicFile.write(file, body(json));
  }

  /**
   * Writes vocab.json and merges.txt, as GPT-2's checkpoints have them.
   *
   * @throws dev.puna.tensor.PunaException if they cannot be written
   */
  public void writeVocabularyAndMerges(Path folder) {
    String vocabulary = json(this::vocabulary);
    String lines = "#version: 0.2\n" + String.join("\n", merges()) + "\n";
    SequencedMap<Path, AtomicFile.Body> files = new LinkedHashMap<>();
    files.put(folder.resolve("vocab.json"), body(vocabulary));
    files.put(folder.resolve("merges.txt"), body(lines));
    AtomicFile.writeAll(files);
  }

  private static AtomicFile.Body body(String text) {
    return AtomicFile.Body.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private interface Document {
    void write(JsonGenerator json) throws IOException;
  }

  private static String json(Document document) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.useDefaultPrettyPrinter();
      document.write(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text + "\n";
  }

  private void vocabulary(JsonGenerator json) throws IOException {
    json.writeStartObject();
    for (int id = 0; id < pieces.size(); id++) {
      json.writeNumberField(pieces.get(id), id);
    }
    json.writeEndObject();
  }

  private void tokenizer(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("version", "1.0");
    json.writeNullField("truncation");
    json.writeNullField("padding");
    json.writeArrayFieldStart("added_tokens");
    for (int id = 0; id < training.special().size(); id++) {
      added(json, id);
    }
    json.writeEndArray();
    json.writeNullField("normalizer");
    json.writeFieldName("pre_tokenizer");
    preTokenizer(json);
    json.writeNullField("post_processor");
    json.writeFieldName("decoder");
    byteLevel(json, true);
    json.writeFieldName("model");
    model(json);
    json.writeEndObject();
  }

  private void added(JsonGenerator json, int id) throws IOException {
    json.writeStartObject();
    json.writeNumberField("id", id);
    json.writeStringField("content", pieces.get(id));
    for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized")) {
      json.writeBooleanField(flag, false);
    }
    json.writeBooleanField("special", true);
    json.writeEndObject();
  }

  private void preTokenizer(JsonGenerator json) throws IOException {
    if (training.expressions().equals(List.of(PatternSplit.GPT2))) {
      byteLevel(json, true);
      return;
    }
    json.writeStartObject();
    json.writeStringField("type", "Sequence");
    json.writeArrayFieldStart("pretokenizers");
    for (String expression : training.expressions()) {
      json.writeStartObject();
      json.writeStringField("type", "Split");
      json.writeObjectFieldStart("pattern");
      json.writeStringField("Regex", expression);
      json.writeEndObject();
      json.writeStringField("behavior", "Isolated");
      json.writeBooleanField("invert", false);
      json.writeEndObject();
    }
    byteLevel(json, false);
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void byteLevel(JsonGenerator json, boolean cuts) throws IOException {
    json.writeStartObject();
    json.writeStringField("type", "ByteLevel");
    json.writeBooleanField("add_prefix_space", false);
    json.writeBooleanField("trim_offsets", true);
    json.writeBooleanField("use_regex", cuts);
    json.writeEndObject();
  }

  private void model(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("type", "BPE");
    json.writeNullField("dropout");
    json.writeNullField("unk_token");
    json.writeNullField("continuing_subword_prefix");
    json.writeNullField("end_of_word_suffix");
    json.writeBooleanField("fuse_unk", false);
    json.writeBooleanField("byte_fallback", false);
    json.writeBooleanField("ignore_merges", false);
    json.writeFieldName("vocab");
    vocabulary(json);
    json.writeArrayFieldStart("merges");
    for (String[] merge : merges) {
      json.writeStartArray();
      json.writeString(merge[0]);
      json.writeString(merge[1]);
      json.writeEndArray();
    }
    json.writeEndArray();
    json.writeEndObject();
  }
}
