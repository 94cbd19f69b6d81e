package dev.puna.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantityTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "9999, '9,999'",
    "10000, 10K",
    "131072000, 131M",
    "6738415616, 6.74B",
    "68976648192, 69B",
    "999999, 1M",
    "1500000000000, 1.5T",
    "9223372036854775807, 9220000T"
  })
  void countsAreRounded(long count, String text) {
    assertThat(Quantity.rounded(count)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 bytes",
    "1023, 1023 bytes",
    "1024, 1 KiB",
    "1536, 1.50 KiB",
    "28002238464, 26.08 GiB",
    "9223372036854775807, 8.00 EiB"
  })
  void bytesHaveBinaryUnits(long bytes, String text) {
    assertThat(Quantity.bytes(bytes)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({"1e-5, 1e-05", "1e-6, 1e-06", "1.5e-6, 1.5e-06", "0.1, 1e-01"})
  void smallNumbersAreSpelledAsInConfigurations(float number, String text) {
    assertThat(Quantity.scientific(number)).isEqualTo(text);
  }
}
