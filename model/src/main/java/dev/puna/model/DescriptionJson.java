package dev.puna.model;

import dev.puna.tensor.DType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** A description for programs to read. */
final class DescriptionJson {
  private DescriptionJson() {}

  static SequencedMap<String, Object> of(Description d) {
    Spec spec = d.spec();
    SequencedMap<String, Object> json = new LinkedHashMap<>();
    json.put("name", d.name());
    json.put("family", d.family().name());
    ParameterCount count = ParameterCount.of(d.programs());
    json.put("parameters", count.total());
    if (count.isSparse()) {
      json.put("active_parameters", count.active());
    }
    json.put("layers", spec.layers().size());
    json.put("width", spec.width());
    json.put("vocabulary", spec.vocab());
    json.put("context", spec.context());
    json.put("reading", HeadFacts.reading(spec));
    facts(json, d.stack());
    json.put("embedding", embedding(spec.embedding()));
    json.put("head", HeadFacts.json(spec));
    json.put("tied_embeddings", d.tied());
    json.put(
        "kv_cache_bytes_per_token", Math.multiplyExact(d.kvNumbersPerToken(), DType.F16.bytes(1)));
    json.put("state_bytes_per_sequence", DType.F32.bytes(d.stateNumbers()));
    json.put("types", types(d));
    d.weightBytes().ifPresent(bytes -> json.put("weight_bytes", bytes));
    json.put("details", details(d, d.stack()));
    json.put("layer_groups", groups(d.stack()));
    Stack source = Stack.source(spec);
    if (source != null) {
      Map<String, Object> encoder = new LinkedHashMap<>();
      encoder.put("layers", source.layers().size());
      facts(encoder, source);
      encoder.put("embedding", embedding(source.embedding()));
      encoder.put("layer_groups", groups(source));
      json.put("encoder", encoder);
    }
    return json;
  }

  /** One value if all layers agree, else the list of the different ones. */
  private static void facts(Map<String, Object> json, Stack stack) {
    json.put(
        "mixer",
        one(AttentionFacts.mixers(stack).stream().map(DescriptionJson::mixer).distinct().toList()));
    for (LayerFact fact : LayerFact.values()) {
      List<Object> values =
          switch (fact) {
            case POSITION -> PositionFacts.values(stack);
            case ATTENTION ->
                fact.values(stack).isEmpty() ? List.<Object>of("none") : fact.values(stack);
            default -> fact.values(stack);
          };
      if (!values.isEmpty()) {
        json.put(fact.key(), one(values));
      }
    }
  }

  private static Object mixer(Object sharing) {
    return switch (String.valueOf(sharing)) {
      case "Mamba", "Mamba 2" -> sharing;
      case "MLA" -> "latent attention";
      default -> "attention";
    };
  }

  private static Object one(List<Object> values) {
    return values.size() == 1 ? values.getFirst() : values;
  }

  private static Map<String, Object> embedding(Embedding e) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put(
        "positions",
        switch (e.positions()) {
          case Embedding.InLayers in -> "none";
          case Embedding.Learned learned -> "learned";
          case Embedding.Sinusoidal sinusoidal -> "sinusoidal";
        });
    json.put("scale", e.scale());
    json.put("segments", e.segments());
    if (e.columns() != 0) {
      json.put("columns", e.columns());
    }
    if (e.norm() != null) {
      json.put("normalization", NormFacts.name(e.norm()));
    }
    return json;
  }

  private static Map<String, Object> types(Description d) {
    Map<String, Object> types = new LinkedHashMap<>();
    d.types()
        .forEach(
            (type, stored) -> {
              Map<String, Object> one = new LinkedHashMap<>();
              one.put("tensors", stored.tensors());
              one.put("parameters", stored.parameters());
              one.put("bytes", stored.bytes());
              types.put(type.name(), one);
            });
    return types;
  }

  private static Map<String, Object> details(Description d, Stack stack) {
    Map<String, Object> details = new LinkedHashMap<>();
    for (LayerFact fact : DescriptionText.FACTS) {
      List<String> sentences = DescriptionText.sentences(stack, fact);
      if (!sentences.isEmpty()) {
        details.put(fact.key(), String.join("; ", sentences));
      }
    }
    details.put("reading", HeadFacts.readingSentence(d.spec()));
    details.put("head", HeadFacts.sentence(d.spec()));
    return details;
  }

  private static List<Object> groups(Stack stack) {
    List<Object> groups = new ArrayList<>();
    for (Description.Group group : Description.groups(stack)) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("first", group.first());
      one.put("count", group.count());
      for (LayerFact fact : LayerFact.values()) {
        Object value = fact.value(stack, group.layer());
        if (value != null) {
          one.put(fact.key(), value);
        }
      }
      groups.add(one);
    }
    return groups;
  }
}
