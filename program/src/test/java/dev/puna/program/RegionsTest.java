package dev.puna.program;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.program.Regions.Divided;
import dev.puna.program.Regions.Division;
import dev.puna.program.Regions.Region;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RegionsTest {
  @Test
  void aLayerIsFiveRegionsOfADecodingStep() {
    Program program = Programs.llama(3);
    List<String> layer =
        Regions.of(program, false).stream()
            .map(region -> String.join(" ", region.ops().stream().map(RegionsTest::kind).toList()))
            .toList()
            .subList(0, 6);
    assertThat(layer)
        .containsExactly(
            "Embed Norm Linear Linear Linear Rope Rope",
            "Attend",
            "Linear Add",
            "Norm Linear Linear Glu",
            "Linear Add",
            "Norm Linear Linear Linear Rope Rope");
    assertThat(Regions.of(program, false)).hasSize(3 * 5 + 1);
  }

  private static String kind(Divided d) {
    return d.op().getClass().getSimpleName();
  }

  @Test
  void adaptersAddNoBarrierToADecodingStep() {
    Recorder r = new Recorder(0, Programs::adapted);
    Value x = r.embed("x", r.weight("token_embd", 100, 32));
    Value n = r.norm("n", x, new Normalization.Rms(1e-5f), 32);
    Value gate = r.linear("adapted_gate", n, 48, false);
    Value glu = r.glu("glu", gate, r.linear("up", n, 48, false), Activation.SILU);
    Program program = r.program(r.linear("adapted_down", glu, 32, false));
    assertThat(
            Regions.of(program, false).stream()
                .map(g -> String.join(" ", g.ops().stream().map(RegionsTest::kind).toList())))
        .containsExactly("Embed Norm Linear Shrink Expand Linear Glu", "Linear Shrink Expand");
  }

  @Test
  void everyOpOnceAndInOrder() {
    for (int seed = 0; seed < 200; seed++) {
      Program program = Programs.random(new Random(seed));
      for (boolean manyRows : new boolean[] {false, true}) {
        List<Op> ops = new ArrayList<>();
        for (Region region : Regions.of(program, manyRows)) {
          region.ops().forEach(d -> ops.add(d.op()));
        }
        assertThat(ops).isEqualTo(program.ops());
      }
    }
  }

  @Test
  void noWorkerReadsWhatAnotherIsStillWriting() {
    for (int seed = 0; seed < 500; seed++) {
      Program program = Programs.random(new Random(seed));
      for (boolean manyRows : new boolean[] {false, true}) {
        for (Region region : Regions.of(program, manyRows)) {
          Map<Value, Division> divided = new HashMap<>();
          for (Divided d : region.ops()) {
            for (Value v : d.op().in()) {
              Division division = divided.get(v);
              if (division != null) {
                assertThat(mayRead(d, v, division)).as(d + " of " + v + ", " + division).isTrue();
              }
            }
            if (d.op() instanceof Op.Attend || d.op() instanceof Op.AttendSource) {
              assertThat(region.ops().getFirst()).isEqualTo(d);
            }
            divided.put(d.op().out(), d.division());
          }
        }
      }
    }
  }

  /** Whether an op may read a value of its own region that is divided so. */
  private static boolean mayRead(Divided reader, Value v, Division written) {
    boolean byColumn =
        switch (reader.op()) {
          case Op.Glu g -> true;
          case Op.Activate a -> true;
          case Op.Add a -> true;
          case Op.Scale s -> true;
          case Op.SoftCap s -> true;
          case Op.Clamp c -> true;
          case Op.Rope r -> true;
          case Op.Keep k -> true;
          case Op.CausalConv c -> true;
          case Op.GateRows g -> v.equals(g.x());
          case Op.Expand e -> v.equals(e.y());
          case Op.Norm n -> n.width() < n.x().cols();
          default -> false;
        };
    boolean byRow =
        switch (reader.op()) {
          case Op.Norm n -> true;
          case Op.Slice s -> true;
          case Op.Join j -> true;
          case Op.Route r -> true;
          case Op.GateRows g -> true;
          case Op.Shrink s -> true;
          case Op.Expand e -> true;
          case Op.CausalConv c -> false;
          default -> byColumn;
        };
    return switch (written) {
      case EACH -> true;
      case COLUMNS -> byColumn && reader.division() == Division.COLUMNS;
      case ROWS -> byRow && reader.division() == Division.ROWS;
      case OWN -> false;
    };
  }

  @Test
  void sharesCoverEverythingInWholeUnits() {
    for (int size = 0; size < 200; size++) {
      for (int unit : new int[] {1, 5, 16, 80}) {
        for (int workers = 1; workers <= 9; workers++) {
          assertThat(Region.start(size, unit, 0, workers)).isZero();
          assertThat(Region.start(size, unit, workers, workers)).isEqualTo(size);
          for (int w = 1; w < workers; w++) {
            int at = Region.start(size, unit, w, workers);
            assertThat(at).isGreaterThanOrEqualTo(Region.start(size, unit, w - 1, workers));
            assertThat(at % unit == 0 || at == size).isTrue();
          }
        }
      }
    }
  }

  @Test
  void noBlockOfStoredColumnsIsCut() {
    for (int seed = 0; seed < 200; seed++) {
      for (boolean manyRows : new boolean[] {false, true}) {
        List<Region> regions = Regions.of(Programs.random(new Random(seed)), manyRows);
        for (int i = 0; i < regions.size(); i++) {
          List<Divided> ops = regions.get(i).ops();
          if (ops.getFirst().op() instanceof Op.Attend) {
            assertThat(regions.get(i - 1).unit() % Regions.STORED).isZero();
          }
          if (ops.stream().anyMatch(d -> d.op() instanceof Op.Keep)) {
            assertThat(regions.get(i).unit() % Regions.STORED).isZero();
          }
        }
      }
    }
  }

  @Test
  void noHeadIsCut() {
    for (int seed = 0; seed < 200; seed++) {
      for (Region region : Regions.of(Programs.random(new Random(seed)), false)) {
        for (Divided d : region.ops()) {
          int head =
              switch (d.op()) {
                case Op.Rope r -> r.headSize();
                case Op.Norm n when n.width() < n.x().cols() -> n.width();
                case Op.Attend a -> a.heads().valueSize();
                case Op.AttendSource a -> a.heads().valueSize();
                case Op.SelectiveScan a -> a.space().size();
                default -> 1;
              };
          assertThat(region.unit() % head).isZero();
        }
      }
    }
  }
}
