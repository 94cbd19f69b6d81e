package dev.puna.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class FamiliesPageTest {
  private static final Path ROOT = FamiliesPage.root();

  /** With {@code -Dpuna.write=true} the page is made anew. */
  @Test
  void isWhatTheCodeSays() throws IOException {
    Path page = ROOT.resolve("docs/families.md");
    String now = FamiliesPage.of(ROOT);
    if (Boolean.getBoolean("puna.write")) {
      Files.writeString(page, now);
    }
    assertThat(page).exists();
    assertThat(Files.readString(page))
        .as(
            "docs/families.md is not what the code says; make it anew with: mvn -pl model -am test"
                + " -Dtest=FamiliesPageTest -Dsurefire.failIfNoSpecifiedTests=false"
                + " -Dpuna.write=true")
        .isEqualTo(now);
  }

  /** A family without a preset would be in the table without its parts. */
  @Test
  void everyFamilyHasAPreset() {
    Set<String> shown =
        Presets.names().stream()
            .map(name -> Families.of(Presets.config(name)).name())
            .collect(Collectors.toSet());
    assertThat(Families.all()).allSatisfy(family -> assertThat(shown).contains(family.name()));
  }

  @Test
  void everyFamilyIsASmallFile() {
    assertThat(Families.all())
        .allSatisfy(
            family ->
                assertThat(FamiliesPage.lines(ROOT, family)).as(family.name()).isLessThan(100));
  }

  @Test
  void theDecoderIsOneFileThatCanBeRead() throws IOException {
    Path decoder = ROOT.resolve("model/src/main/java/dev/puna/model/Decoder.java");
    assertThat(Files.readAllLines(decoder)).hasSizeLessThan(400);
  }
}
