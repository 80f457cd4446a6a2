import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.kstream.Aggregator;
import org.apache.kafka.streams.kstream.CogroupedKStream;
import org.apache.kafka.streams.kstream.EmitStrategy;
import org.apache.kafka.streams.kstream.Initializer;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.KGroupedTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Merger;
import org.apache.kafka.streams.kstream.SessionWindowedCogroupedKStream;
import org.apache.kafka.streams.kstream.SessionWindowedKStream;
import org.apache.kafka.streams.kstream.SessionWindows;
import org.apache.kafka.streams.kstream.SlidingWindows;
import org.apache.kafka.streams.kstream.TimeWindowedCogroupedKStream;
import org.apache.kafka.streams.kstream.TimeWindowedKStream;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.UnlimitedWindows;

/** The operators that follow a grouping: windows and aggregates. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class Aggregates {
  private static final long DAY = 86_400_000;
  /** How the windows of what is grouped by them are kept, where it is not as usual. */
  private final Map<Object, Keeping> keeping = new HashMap<>();

  private record Keeping(long retention, boolean onDisk) {
    static final Keeping USUAL = new Keeping(DAY, false);
    static final Keeping ENDLESS = new Keeping(Long.MAX_VALUE, false);

    /**
     * As long as they are open. By default a session is forgotten a millisecond earlier; one that is kept for longer is met
     * after it has closed. In memory, one that has closed is gone before its final result is taken.
     */
    static Keeping session(JsonNode n) {
      return new Keeping(n.get("size").asLong() + n.get("grace").asLong() + 1, isFinal(n));
    }
  }

  Object build(String op, Object parent, JsonNode n, Function<String, Object> find) {
    Object built = follow(op, parent, n, find, keeping.getOrDefault(parent, Keeping.USUAL));
    if (n.path("kind").asText().equals("unlimited")) keeping.put(built, Keeping.ENDLESS);
    if (built instanceof SessionWindowedKStream) keeping.put(built, Keeping.session(n));
    return built;
  }

  private static Object follow(String op, Object parent, JsonNode n, Function<String, Object> find, Keeping kept) {
    if (parent instanceof KGroupedStream stream) {
      return switch (op) {
        case "window" -> windowed(stream, n, isFinal(n));
        case "count" -> stream.count(counted(n, kept));
        case "reduce" -> stream.reduce(Functions.reducer(n.get("r")), valued(n, kept));
        case "aggregate" -> stream.aggregate(initial(n), Functions.aggregator(n.get("add")), valued(n, kept));
        case "cogroup" -> {
          CogroupedKStream<String, Object> group = stream.cogroup(Functions.aggregator(n.get("add")));
          for (JsonNode other : n.path("others")) {
            KGroupedStream<String, Object> more = (KGroupedStream<String, Object>) find.apply(other.get("of").asText());
            group = group.cogroup(more, Functions.aggregator(other.get("add")));
          }
          yield group;
        }
        default -> throw none("a grouped stream", op);
      };
    }
    if (parent instanceof CogroupedKStream group) {
      return switch (op) {
        case "window" -> windowed(group, n);
        case "aggregate" -> group.aggregate(initial(n), valued(n, kept));
        default -> throw none("a cogroup", op);
      };
    }
    if (parent instanceof KGroupedTable table) {
      return switch (op) {
        case "count" -> table.count(counted(n, kept));
        case "reduce" -> table.reduce(Functions.reducer(n.get("r")), Functions.reducer(n.get("subtract")), valued(n, kept));
        case "aggregate" -> table.aggregate(
            initial(n), Functions.aggregator(n.get("add")), Functions.aggregator(n.get("subtract")), valued(n, kept));
        default -> throw none("a grouped table", op);
      };
    }
    if (parent instanceof TimeWindowedKStream windowed) {
      return switch (op) {
        case "count" -> windowed.count(counted(n, kept));
        case "reduce" -> windowed.reduce(Functions.reducer(n.get("r")), valued(n, kept));
        case "aggregate" -> windowed.aggregate(initial(n), Functions.aggregator(n.get("add")), valued(n, kept));
        default -> throw none("a windowed stream", op);
      };
    }
    if (parent instanceof SessionWindowedKStream windowed) {
      return switch (op) {
        case "count" -> windowed.count(counted(n, kept));
        case "reduce" -> windowed.reduce(Functions.reducer(n.get("r")), valued(n, kept));
        case "aggregate" -> windowed.aggregate(initial(n), Functions.aggregator(n.get("add")), merger(n), valued(n, kept));
        default -> throw none("a session stream", op);
      };
    }
    if (parent instanceof TimeWindowedCogroupedKStream windowed) return windowed.aggregate(initial(n), valued(n, kept));
    if (parent instanceof SessionWindowedCogroupedKStream windowed) {
      return windowed.aggregate(initial(n), merger(n), valued(n, kept));
    }
    throw new IllegalArgumentException(n.get("of") + " cannot be followed by " + op);
  }

  private static Object windowed(KGroupedStream<String, Object> stream, JsonNode n, boolean isFinal) {
    switch (n.get("kind").asText()) {
      case "sliding": {
        TimeWindowedKStream<String, Object> windowed = stream.windowedBy(sliding(n));
        return isFinal ? windowed.emitStrategy(EmitStrategy.onWindowClose()) : windowed;
      }
      case "session": {
        SessionWindowedKStream<String, Object> windowed = stream.windowedBy(session(n));
        return isFinal ? windowed.emitStrategy(EmitStrategy.onWindowClose()) : windowed;
      }
      case "unlimited":
        return stream.windowedBy(UnlimitedWindows.of());
      default: {
        TimeWindowedKStream<String, Object> windowed = stream.windowedBy(hopping(n));
        return isFinal ? windowed.emitStrategy(EmitStrategy.onWindowClose()) : windowed;
      }
    }
  }

  private static Object windowed(CogroupedKStream<String, Object> group, JsonNode n) {
    return switch (n.get("kind").asText()) {
      case "sliding" -> group.windowedBy(sliding(n));
      case "session" -> group.windowedBy(session(n));
      case "unlimited" -> group.windowedBy(UnlimitedWindows.of());
      default -> group.windowedBy(hopping(n));
    };
  }

  private static TimeWindows hopping(JsonNode n) {
    TimeWindows windows = TimeWindows.ofSizeAndGrace(Graph.duration(n, "size"), Graph.duration(n, "grace"));
    return n.has("step") ? windows.advanceBy(Graph.duration(n, "step")) : windows;
  }

  private static SlidingWindows sliding(JsonNode n) {
    return SlidingWindows.ofTimeDifferenceAndGrace(Graph.duration(n, "size"), Graph.duration(n, "grace"));
  }

  private static SessionWindows session(JsonNode n) {
    return SessionWindows.ofInactivityGapAndGrace(Graph.duration(n, "size"), Graph.duration(n, "grace"));
  }

  private static Initializer<Object> initial(JsonNode n) {
    Object initial = Functions.constant(n.path("init"));
    return () -> initial;
  }

  private static Merger<String, Object> merger(JsonNode n) {
    Aggregator<String, Object, Object> merge = Functions.aggregator(n.get("merge"));
    return (key, x, y) -> merge.apply(key, y, x);
  }

  private static Materialized counted(JsonNode n, Keeping kept) {
    return materialized(n, Serdes.Long(), kept);
  }

  private static Materialized valued(JsonNode n, Keeping kept) {
    return materialized(n, Values.SERDE, kept);
  }

  /**
   * In memory, a window is gone as soon as its retention has passed, even before a final result was taken from it, where
   * RocksDB keeps whole segments. Long enough, retention changes no result.
   */
  private static Materialized materialized(JsonNode n, Serde<?> value, Keeping kept) {
    Materialized made = Graph.materialized(n, value);
    if (n.path("retention").asText().equals("default")) return made;
    if (kept.onDisk) made = made.withStoreType(Materialized.StoreType.ROCKS_DB);
    return made.withRetention(Duration.ofMillis(n.path("retention").asLong(kept.retention)));
  }

  private static boolean isFinal(JsonNode n) {
    return n.path("emit").asText().equals("final");
  }

  private static IllegalArgumentException none(String what, String op) {
    return new IllegalArgumentException(what + " has no operator " + op);
  }
}
