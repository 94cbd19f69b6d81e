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

  @Test
  void everythingLiesOnThePage() {
    List<Description> models =
        List.of(tiny(), DescriptionTest.mixed(), Tiny.description("m", Presets.spec("llama2-70b")));
    for (Description description : models) {
      Document svg = draw(description);
      int width = number(svg.getDocumentElement(), "width");
      int height = number(svg.getDocumentElement(), "height");
      for (Element r : elements(svg, "rect")) {
        if (r.hasAttribute("x")) {
          assertThat(number(r, "x")).isNotNegative();
          assertThat(number(r, "x") + number(r, "width")).isLessThanOrEqualTo(width);
          assertThat(number(r, "y") + number(r, "height")).isLessThanOrEqualTo(height);
        }
      }
      for (Element text : elements(svg, "text")) {
        assertThat(number(text, "x")).isBetween(0, width);
        assertThat(number(text, "y")).isBetween(0, height);
      }
    }
  }

  @Test
  void needsNothingFromOutsideAndIsAlwaysTheSame() {
    String svg = ArchitectureSvg.draw(tiny());
    assertThat(svg.replace("http://www.w3.org/2000/svg", ""))
        .doesNotContain("http", "<script", "<style", "@import", "href");
    assertThat(ArchitectureSvg.draw(tiny())).isEqualTo(svg);
  }
}
