package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TypedMessageTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"", "one line", "a\\\nb", "\"\"\"a\"\"\"", "\"\"\"\na\nb\n\"\"\" ", "say \"\"\""})
  void isComplete(String typed) {
    assertThat(TypedMessage.complete(typed)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\\", "a\\", "a\\\nb\\", "\"\"\"", "\"\"\"a", "\"\"\"\n\"\"", "\"\"\"\"\""})
  void goesOn(String typed) {
    assertThat(TypedMessage.complete(typed)).isFalse();
  }

  @Test
  void meansWhatIsBetween() {
    assertThat(TypedMessage.text("one line ")).isEqualTo("one line ");
    assertThat(TypedMessage.text("a\\\nb\\\nc")).isEqualTo("a\nb\nc");
    assertThat(TypedMessage.text("\"\"\"a\\\nb\"\"\"")).isEqualTo("a\\\nb");
    assertThat(TypedMessage.text("\"\"\"\n  a\n\nb\n\"\"\" ")).isEqualTo("  a\n\nb");
    assertThat(TypedMessage.text("\"\"\"\"\"\"")).isEmpty();
    assertThat(TypedMessage.text("\"\"\"\ncut off")).isEqualTo("cut off");
  }
}
