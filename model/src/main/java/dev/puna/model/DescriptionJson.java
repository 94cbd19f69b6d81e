package dev.puna.model;

import dev.puna.tensor.DType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/** A description for programs to read. */
final class DescriptionJson {
  private DescriptionJson() {}

  static SequencedMap<String, Object> of(Description d) {
    SequencedMap<String, Object> json = new LinkedHashMap<>();
    json.put("name", d.name());
    json.put("family", d.family().name());
    json.put("parameters", d.parameters());
    json.put("layers", d.spec().layers().size());
    json.put("width", d.spec().width());
    json.put("vocabulary", d.spec().vocab());
    json.put("context", d.spec().context());
    for (LayerFact fact : LayerFact.values()) {
      json.put(fact.key(), value(d, fact));
    }
    json.put("tied_embeddings", d.tied());
    json.put(
        "kv_cache_bytes_per_token", Math.multiplyExact(d.kvNumbersPerToken(), DType.F16.bytes(1)));
    json.put("types", types(d));
    d.weightBytes().ifPresent(bytes -> json.put("weight_bytes", bytes));
    json.put("details", details(d));
    json.put("layer_groups", groups(d));
    return json;
  }

  /** One value if all layers agree, else the list of the different ones. */
  private static Object value(Description d, LayerFact fact) {
    Set<Object> values = new LinkedHashSet<>();
    d.spec().layers().forEach(layer -> values.add(fact.value(layer)));
    return values.size() == 1 ? values.iterator().next() : new ArrayList<>(values);
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

  private static Map<String, Object> details(Description d) {
    Map<String, Object> details = new LinkedHashMap<>();
    for (LayerFact fact : DescriptionText.FACTS) {
      details.put(fact.key(), String.join("; ", DescriptionText.sentences(d, fact)));
    }
    details.put("head", DescriptionText.head(d));
    return details;
  }

  private static List<Object> groups(Description d) {
    List<Object> groups = new ArrayList<>();
    for (Description.Group group : d.groups()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("first", group.first());
      one.put("count", group.count());
      for (LayerFact fact : LayerFact.values()) {
        one.put(fact.key(), fact.value(group.layer()));
      }
      groups.add(one);
    }
    return groups;
  }
}
