package dev.puna.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class ArchitectureSvgTest {
  private static Document draw(Description description) {
    String svg = ArchitectureSvg.draw(description);
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setNamespaceAware(true);
      return factory
          .newDocumentBuilder()
          .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    } catch (Exception e) {
      throw new AssertionError(svg, e);
    }
  }

  private static Description tiny(Object... changes) {
    return Tiny.description("tiny", Tiny.spec(changes));
  }

  private static List<Element> elements(Document svg, String tag) {
    NodeList found = svg.getElementsByTagName(tag);
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < found.getLength(); i++) {
      elements.add((Element) found.item(i));
    }
    return elements;
  }

  private static List<String> texts(Description description) {
    return elements(draw(description), "text").stream().map(Element::getTextContent).toList();
  }

  private static int number(Element element, String attribute) {
    return Integer.parseInt(element.getAttribute(attribute));
  }

  /** Heads are the only squares; bars of a chart, 8 high, may happen to be as wide. */
  private static long squares(Description description) {
    return elements(draw(description), "rect").stream()
        .filter(r -> number(r, "height") > 8 && number(r, "width") == number(r, "height"))
        .count();
  }

  @Test
  void showsTheNumbersOfTheModel() {
    assertThat(texts(Tiny.description("llama2-70b", Presets.spec("llama2-70b"))))
        .contains(
            "llama2-70b",
            "80 × layer",
            "V × D = 32,000 × 8,192",
            "K·h × D = 1,024 × 8,192",
            "F × D = 28,672 × 8,192",
            "Grouped-query attention (GQA)",
            "H = 64 query heads",
            "K = 8 key/value heads",
            "320 KiB per token in all layers",
            "1.25 GiB at 4,096 tokens",
            // 2·8192² + 2·1024·8192 + 3·8192·28672 + 2·8192
            "855,654,400 parameters each",
            "68,976,648,192");
  }

  @Test
  void picturesHowHeadsAreShared() {
    Description mha = tiny("num_key_value_heads", 4);
    Description mqa = tiny("num_key_value_heads", 1);
    assertThat(squares(mha)).isEqualTo(4 + 4);
    assertThat(squares(tiny())).isEqualTo(4 + 2);
    assertThat(squares(mqa)).isEqualTo(4 + 1);
    assertThat(texts(mha)).contains("Multi-head attention (MHA)");
    assertThat(texts(mqa)).contains("Multi-query attention (MQA)");
    assertThat(ArchitectureSvg.draw(mha)).isNotEqualTo(ArchitectureSvg.draw(tiny()));
  }

  @Test
  void drawsNoMoreHeadsThanFit() {
    Description many = tiny("num_attention_heads", 512, "num_key_value_heads", 512, "head_dim", 2);
    assertThat(squares(many)).isLessThan(100);
    assertThat(texts(many)).contains("H = 512 query heads", "…");
    Description one = tiny("num_attention_heads", 512, "num_key_value_heads", 1, "head_dim", 2);
    assertThat(squares(one)).isBetween(10L, 60L);
  }

  @Test
  void showsBiasesAndATiedHead() {
    assertThat(texts(tiny())).noneMatch(text -> text.contains("bias") || text.contains("tied"));
    assertThat(texts(tiny("attention_bias", true)))
        .contains("Query + bias", "Output of attention + bias")
        .doesNotContain("Gate + bias");
    assertThat(texts(tiny("tie_word_embeddings", true)))
        .contains("the embedding table again", "tied: one table, used twice");
  }

  @Test
  void drawsEachKindOfLayerOnce() {
    assertThat(texts(DescriptionTest.mixed()))
        .contains("2 × layer · layers 0, 2", "1 × layer · layer 1")
        .anyMatch(text -> text.contains("over the last 16 tokens"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a < b & \"c\" > 'd'", "\u0000\u001b[31m", "\ud800", "模型", "]]>"})
  void anyNameMakesWellFormedXml(String name) {
    Document svg = draw(Tiny.description(name, Tiny.spec()));
    String title = svg.getElementsByTagName("title").item(0).getTextContent();
    assertThat(title).startsWith("Architecture of ");
  }

  @Test
  void longNamesAreCut() {
    assertThat(texts(Tiny.description("x".repeat(1000), Tiny.spec())))
        .allMatch(text -> text.length() < 300);
  }

  /** One of each kind of everything. */
  private static final List<String> KINDS =
      List.of(
          "llama2-70b",
          "llama3.1-405b",
          "chatglm-6b",
          "baichuan-13b",
          "baichuan2-13b",
          "qwen-7b",
          "gpt2",
          "gpt-j-6b",
          "gpt-neo-1.3b",
          "gpt-neox-20b",
          "opt-350m",
          "bloom-176b",
          "mpt-7b",
          "falcon-7b",
          "falcon-180b",
          "mixtral-8x22b",
          "qwen2-57b-a14b",
          "deepseek-v2-lite",
          "deepseek-v3",
          "glm-4.5-air",
          "gpt-oss-120b",
          "gemma2-27b",
          "gemma3-27b-text",
          "olmo2-7b",
          "granite-3.0-2b",
          "stablelm-2-1.6b",
          "command-r7b",
          "mamba-2.8b",
          "mamba-codestral-7b",
          "falcon-mamba-7b",
          "jamba-v0.1",
          "t5-base",
          "flan-t5-large",
          "bart-large",
          "opus-mt-en-de",
          "bert-base-uncased",
          "roberta-large");

  /** A rectangle on the page. */
  private record Area(String what, double left, double top, double right, double bottom) {
    boolean holds(Area o) {
      return left <= o.left && top <= o.top && right >= o.right && bottom >= o.bottom;
    }

    boolean meets(Area o) {
      return left < o.right && o.left < right && top < o.bottom && o.top < bottom;
    }
  }

  /** Boxes: outlined rectangles, which nest or stand apart. */
  private static List<Area> boxes(Document svg) {
    return elements(svg, "rect").stream()
        .filter(r -> r.hasAttribute("stroke"))
        .map(
            r ->
                new Area(
                    "box at " + r.getAttribute("x") + ", " + r.getAttribute("y"),
                    number(r, "x"),
                    number(r, "y"),
                    number(r, "x") + number(r, "width"),
                    number(r, "y") + number(r, "height")))
        .toList();
  }

  /** Where a text stands, in a font whose characters are 0.6 em wide on the average. */
  private static Area area(Element text) {
    double size = Double.parseDouble(text.getAttribute("font-size"));
    double width = 0.58 * size * text.getTextContent().length();
    double x = number(text, "x");
    double left =
        switch (text.getAttribute("text-anchor")) {
          case "middle" -> x - width / 2;
          case "end" -> x - width;
          default -> x;
        };
    double y = number(text, "y");
    return new Area(text.getTextContent(), left, y - 0.75 * size, left + width, y + 0.2 * size);
  }

  private static void assertInOrder(Description description) {
    Document svg = draw(description);
    Area page =
        new Area(
            "page",
            0,
            0,
            number(svg.getDocumentElement(), "width"),
            number(svg.getDocumentElement(), "height"));
    List<Area> boxes = boxes(svg);
    List<Area> texts = elements(svg, "text").stream().map(ArchitectureSvgTest::area).toList();
    for (int i = 0; i < boxes.size(); i++) {
      Area box = boxes.get(i);
      assertThat(page.holds(box)).as("%s on the page", box).isTrue();
      for (Area other : boxes.subList(0, i)) {
        assertThat(!box.meets(other) || box.holds(other) || other.holds(box))
            .as("%s: %s and %s", description.name(), box, other)
            .isTrue();
      }
    }
    for (int i = 0; i < texts.size(); i++) {
      Area text = texts.get(i);
      assertThat(page.holds(text)).as("%s: %s on the page", description.name(), text).isTrue();
      for (Area box : boxes) {
        assertThat(!box.meets(text) || box.holds(text))
            .as("%s: %s across %s", description.name(), text, box)
            .isTrue();
      }
      for (Area other : texts.subList(0, i)) {
        assertThat(text.meets(other))
            .as("%s: %s over %s", description.name(), text, other)
            .isFalse();
      }
    }
  }

  @Test
  void everythingHasAPlaceOfItsOwn() {
    assertInOrder(tiny());
    assertInOrder(tiny("attention_bias", true, "tie_word_embeddings", true));
    assertInOrder(DescriptionTest.mixed());
    KINDS.forEach(name -> assertInOrder(Description.preset(name)));
  }

  @Test
  void drawsWhatEachKindIsMadeOf() {
    assertThat(texts(Description.preset("chatglm-6b")))
        .contains("RoPE by two places", "residual: 7.483 times what was normalized");
    assertThat(texts(Description.preset("falcon-7b")))
        .contains("the same input, beside attention", "GELU", "Multi-query attention (MQA)");
    assertThat(texts(Description.preset("gpt2"))).contains("Learned positions", "Up + bias");
    assertThat(texts(Description.preset("mixtral-8x7b")))
        .contains("2 of 8 experts a token", "E × D = 8 × 4,096", "met by a token");
    assertThat(texts(Description.preset("deepseek-v3")))
        .contains("Multi-head latent attention (MLA)", "Shared expert", "Cache of latent rows")
        .contains("(c + p) × D = 576 × 7,168", "8 of 256 experts a token");
    assertThat(texts(Description.preset("mamba2-2.7b")))
        .contains("State space in heads (Mamba 2)", "State", "Convolution over 4 + bias");
    assertThat(texts(Description.preset("t5-base")))
        .contains("12 × layer of the encoder", "12 × layer of the decoder", "Cross-attention")
        .contains("encoder's rows", "encoder's rows (S, D)");
    assertThat(texts(Description.preset("bert-base-uncased")))
        .contains("rows of the text", "Kinds of text")
        .doesNotContain("KV cache", "logits");
    assertThat(texts(Description.preset("gemma2-9b")))
        .contains("21 × layer · every 2nd layer, 0 to 40")
        .anyMatch(text -> text.endsWith("soft cap 30"))
        .anyMatch(text -> text.startsWith("soft cap 50"));
  }

  @Test
  void needsNothingFromOutsideAndIsAlwaysTheSame() {
    String svg = ArchitectureSvg.draw(tiny());
    assertThat(svg.replace("http://www.w3.org/2000/svg", ""))
        .doesNotContain("http", "<script", "<style", "@import", "href");
    assertThat(ArchitectureSvg.draw(tiny())).isEqualTo(svg);
  }
}
