package dev.puna.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.engine.constraint.Sampled;
import dev.puna.tensor.PunaException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StructureTest {
  enum Unit {
    GRAM,
    PIECE
  }

  record Ingredient(String name, double amount, Unit unit) {}

  record Recipe(
      String name, int minutes, Optional<String> note, List<Ingredient> ingredients, boolean hot) {}

  sealed interface Drawing {
    record Circle(double radius) implements Drawing {}

    record Group(List<Drawing> parts, @Nullable String label) implements Drawing {}

    sealed interface Polygon extends Drawing {
      record Square(float side) implements Polygon {}
    }
  }

  record Everything(
      byte b,
      short s,
      long l,
      Integer boxed,
      float f,
      BigInteger big,
      BigDecimal decimal,
      OptionalInt maybeInt,
      OptionalLong maybeLong,
      Set<Unit> units,
      int[] ints,
      String[][] texts,
      Map<String, List<Boolean>> map,
      LocalDate date,
      OffsetDateTime time,
      UUID id,
      @Nullable Everything next,
      Optional<Drawing> drawing) {}

  @Test
  void readsWhatItDescribes() {
    Structure<Recipe> structure = Structure.of(Recipe.class);
    Recipe recipe =
        structure.read(
            """
            {"name":"Soup","minutes":20,"ingredients":
            [{"name":"salt","amount":2.5,"unit":"GRAM"}],"hot":true}\
            """);
    assertThat(recipe)
        .isEqualTo(
            new Recipe(
                "Soup",
                20,
                Optional.empty(),
                List.of(new Ingredient("salt", 2.5, Unit.GRAM)),
                true));
    assertThat(
            structure
                .read(
                    "{\"name\":\"\",\"minutes\":1,\"note\":null,\"ingredients\":[],\"hot\":false}")
                .note())
        .isEmpty();
    assertThat(
            structure
                .read(
                    "{\"name\":\"\",\"minutes\":1,\"note\":\"x\",\"ingredients\":[],\"hot\":false}")
                .note())
        .contains("x");
  }

  @Test
  void sealedTypesAreToldApart() {
    Structure<Drawing> structure = Structure.of(Drawing.class);
    assertThat(
            structure.read(
                """
                {"type":"Group","parts":[{"type":"Circle","radius":1},{"type":"Square","side":2e1}]}\
                """))
        .isEqualTo(
            new Drawing.Group(
                List.of(new Drawing.Circle(1), new Drawing.Polygon.Square(20)), null));
  }

  /** Texts of a model that says anything are read without fail, all of them different. */
  @ParameterizedTest
  @ValueSource(
      classes = {Recipe.class, Drawing.class, Everything.class, Unit.class, int.class, long.class})
  void whatIsGeneratedIsRead(Class<?> type) {
    Structure<?> structure = Structure.of(type);
    Random random = new Random(7);
    Sampled sampled = new Sampled(structure.constraint());
    for (int i = 0; i < 60; i++) {
      String text = sampled.text(random, random.nextInt(300));
      assertThat(structure.read(text)).as(text).isNotNull();
    }
  }

  record Holds(Object anything) {}

  record Raw(List<?> list) {}

  record Keys(Map<Integer, String> map) {}

  record Typed<X>(X value) {}

  record Letter(char letter) {}

  sealed interface Tagged {
    record One(String type) implements Tagged {}
  }

  record Endless(Endless next) {}

  record Picky(int x) {
    Picky {
      if (x < 5) {
        throw new IllegalArgumentException("too small");
      }
    }
  }

  @Test
  void refusesInALine() {
    assertThatThrownBy(() -> Structure.of(Holds.class))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("Holds.anything is of the type java.lang.Object");
    assertThatThrownBy(() -> Structure.of(Raw.class)).hasMessageContaining("Raw.list");
    assertThatThrownBy(() -> Structure.of(Keys.class)).hasMessageContaining("Keys.map");
    assertThatThrownBy(() -> Structure.of(Typed.class)).hasMessageContaining("Typed.value");
    assertThatThrownBy(() -> Structure.of(Letter.class)).hasMessageContaining("Letter.letter");
    assertThatThrownBy(() -> Structure.of(Tagged.class)).hasMessageContaining("One.type is named");
    assertThatThrownBy(() -> new Sampled(Structure.of(Endless.class).constraint()))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("no text meets");
  }

  @Test
  void textsThatDoNotFitAreRefused() {
    Structure<Recipe> structure = Structure.of(Recipe.class);
    assertThatThrownBy(() -> structure.read("{\"name\":"))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("the text for Recipe is no JSON");
    assertThatThrownBy(() -> structure.read("{\"name\":\"x\"}"))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("Recipe.minutes is not there");
    assertThatThrownBy(() -> structure.read("{\"name\":\"x\",\"minutes\":3000000000}"))
        .hasMessageContaining("Recipe.minutes is not an integer of its type's range");
    assertThatThrownBy(() -> Structure.of(Picky.class).read("{\"x\":1}"))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("too small");
  }
}
