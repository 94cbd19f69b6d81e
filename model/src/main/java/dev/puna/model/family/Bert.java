package dev.puna.model.family;

import dev.puna.formats.Config;
import dev.puna.model.Change;
import dev.puna.model.Embedding;
import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Reading;
import dev.puna.model.Spec;
import dev.puna.model.WeightNames;
import dev.puna.model.WeightNames.Rule;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import dev.puna.program.Scores;
import java.util.Collections;
import java.util.Set;

/**
 * BERT (Devlin et al. 2019) and RoBERTa (Liu et al. 2019) as embedding models: an encoder whose
 * rows make the vector of a text.
 */
public final class Bert implements Family {
  @Override
  public String name() {
    return "bert";
  }

  @Override
  public Set<String> names() {
    return Set.of(
        "bert",
        "BertModel",
        "BertForMaskedLM",
        "roberta",
        "RobertaModel",
        "xlm-roberta",
        "XLMRobertaModel",
        "XLMRobertaForMaskedLM");
  }

  @Override
  public Config completed(Config config, Set<String> stored) {
    boolean pools = stored.stream().anyMatch(n -> n.matches("(.*pooler\\.dense|cls)\\.weight"));
    return config.with("add_pooling_layer", pools);
  }

  @Override
  public Spec spec(FamilyConfig c) {
    c.only("position_embedding_type", "absolute");
    c.unused("tie_word_embeddings");
    Normalization norm = c.layerNorm(1e-12, true);
    Spec.Attention attention =
        new Spec.Attention(c.heads(), Scores.PLAIN, true, true).mask(new Mask.Prefix());
    Spec.Mlp ffn = new Spec.Mlp(c.hidden(4), c.activation("gelu"), true);
    Spec.Layer layer = new Spec.Layer(norm, attention, norm, ffn).postNorm();
    int positions = c.context(512) - skipped(c);
    Embedding embedding =
        new Embedding(new Embedding.Learned(positions), c.sizeOr(2, "type_vocab_size"), 0, 1, norm);
    return new Spec(
        c.vocab(),
        c.width(),
        positions,
        embedding,
        Collections.nCopies(c.layers(), layer),
        null,
        new Spec.Pooled(c.flag("add_pooling_layer", true)),
        new Reading.AtOnce());
  }

  /** RoBERTa's positions begin behind the padding token's number. */
  private static int skipped(FamilyConfig c) {
    boolean bert = String.valueOf(c.raw().text("model_type", "bert")).equals("bert");
    return bert || c.isGguf() ? 0 : c.raw().integer("pad_token_id", 1) + 1;
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    String layer = "encoder.layer.{i}.";
    int count = spec.embedding().positions() instanceof Embedding.Learned(int rows) ? rows : 0;
    return WeightNames.of(
            new Rule("embeddings.word_embeddings", "token_embd"),
            new Rule("embeddings.position_embeddings", "position_embd", new Change.Last(count)),
            new Rule("embeddings.token_type_embeddings", "token_types"),
            new Rule("embeddings.LayerNorm", "token_embd_norm"),
            new Rule(layer + "attention.self.query", "blk.{i}.attn_q"),
            new Rule(layer + "attention.self.key", "blk.{i}.attn_k"),
            new Rule(layer + "attention.self.value", "blk.{i}.attn_v"),
            new Rule(layer + "attention.output.dense", "blk.{i}.attn_output"),
            new Rule(layer + "attention.output.LayerNorm", "blk.{i}.attn_output_norm"),
            new Rule(layer + "intermediate.dense", "blk.{i}.ffn_up"),
            new Rule(layer + "output.dense", "blk.{i}.ffn_down"),
            new Rule(layer + "output.LayerNorm", "blk.{i}.layer_output_norm"),
            new Rule("pooler.dense", "cls"))
        .prefixed("bert.", "roberta.")
        .ignoring(
            "(bert\\.|roberta\\.)?embeddings\\.position_ids", "(cls|lm_head|classifier)\\..*");
  }
}
