import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Branched;
import org.apache.kafka.streams.kstream.BranchedKStream;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.GlobalKTable;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.KGroupedTable;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.kstream.StreamJoined;
import org.apache.kafka.streams.kstream.Suppressed;
import org.apache.kafka.streams.kstream.Suppressed.BufferConfig;
import org.apache.kafka.streams.kstream.ValueJoiner;
import org.apache.kafka.streams.kstream.ValueJoinerWithKey;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.kstream.internals.AbstractStream;
import org.apache.kafka.streams.state.Stores;

/**
 * Builds a topology from its description, a list of nodes. A node names itself ({@code id}), what it does ({@code op}) and
 * the node it follows ({@code of}); the other fields are the operator's. See test/oracle/README.md for the list.
 */
@SuppressWarnings({"unchecked", "rawtypes"})
final class Graph {
  private static final Serde<String> KEY = Serdes.String();
  private static final Serde<Object> VALUE = Values.SERDE;

  private final StreamsBuilder builder;
  private final Map<String, Object> nodes = new HashMap<>();
  private final Aggregates aggregates = new Aggregates();
  final List<String> outputs = new ArrayList<>();

  Graph(StreamsBuilder builder, JsonNode description) {
    this.builder = builder;
    for (JsonNode node : description) {
      Object built = build(node);
      if (built != null) nodes.put(node.get("id").asText(), built);
    }
  }

  private Object build(JsonNode n) {
    String op = n.get("op").asText();
    switch (op) {
      case "stream":
        Consumed<String, Object> consumed = Consumed.with(KEY, VALUE);
        if (n.has("time")) consumed = consumed.withTimestampExtractor(Functions.time(n.get("time")));
        if (n.has("pattern")) return builder.stream(Pattern.compile(n.get("pattern").asText()), consumed);
        return builder.stream(topics(n), consumed);
      case "table":
        return builder.table(n.get("topic").asText(), Consumed.with(KEY, VALUE), source(n));
      case "globalTable":
        return builder.globalTable(n.get("topic").asText(), Consumed.with(KEY, VALUE), materialized(n, VALUE));
      default:
        Object parent = find(n.get("of").asText());
        if (parent instanceof KStream stream) return ofStream(op, stream, n);
        if (parent instanceof KTable table) return ofTable(op, table, n);
        return aggregates.build(op, parent, n, this::find);
    }
  }

  Object find(String id) {
    Object node = nodes.get(id);
    if (node == null) throw new IllegalArgumentException("no node " + id);
    return node;
  }

  private Object ofStream(String op, KStream<String, Object> stream, JsonNode n) {
    switch (op) {
      case "filter":
        return stream.filter(Functions.predicate(n.get("p")));
      case "filterNot":
        return stream.filterNot(Functions.predicate(n.get("p")));
      case "map":
        return stream.mapValues(Functions.mapper(n.get("f")));
      case "flatMap":
        return stream.flatMapValues(Functions.flatMapper(n.get("f")));
      case "selectKey":
        return stream.selectKey(Functions.selector(n.get("k")));
      case "mapRecord":
        var key = Functions.selector(n.get("k"));
        var value = Functions.mapper(n.get("f"));
        return stream.map((k, v) -> KeyValue.pair(key.apply(k, v), value.apply(k, v)));
      case "flatMapRecord":
        var keys = Functions.selector(n.get("k"));
        var copies = Functions.flatMapper(n.get("f"));
        return stream.flatMap(
            (k, v) -> {
              List<KeyValue<String, Object>> records = new ArrayList<>();
              for (Object copy : copies.apply(k, v)) records.add(KeyValue.pair(keys.apply(k, copy), copy));
              return records;
            });
      case "peek":
        return stream.peek((k, v) -> {});
      case "process":
        return outputs(stream.process(Processors.processor(n), stores(n)), n);
      case "processValues":
      case "dedupe":
      case "late":
        return stream.processValues(Processors.valueProcessor(n), stores(n));
      case "merge":
        KStream<String, Object> merged = stream.merge((KStream<String, Object>) find(n.get("with").asText()));
        for (JsonNode more : n.path("more")) merged = merged.merge((KStream<String, Object>) find(more.asText()));
        return merged;
      case "split":
        return split(stream, n);
      case "repartition":
        Repartitioned<String, Object> repartitioned = Repartitioned.with(KEY, VALUE);
        return stream.repartition(n.has("as") ? repartitioned.withName(n.get("as").asText()) : repartitioned);
      case "groupByKey":
        return stream.groupByKey(grouped(n));
      case "groupBy":
        return stream.groupBy(Functions.selector(n.get("k")), grouped(n));
      case "toTable":
        return stream.toTable(materialized(n, VALUE));
      case "to":
        to(stream, n);
        return null;
      case "join":
        return joinStream(stream, find(n.get("with").asText()), n);
      default:
        throw new IllegalArgumentException("a stream has no operator " + op);
    }
  }

  private static Grouped<String, Object> grouped(JsonNode n) {
    Grouped<String, Object> grouped = Grouped.with(KEY, VALUE);
    return n.has("as") ? grouped.withName(n.get("as").asText()) : grouped;
  }

  /** Where a processor has outputs, they are the nodes {@code id.0} and {@code id.1}. */
  private Object outputs(KStream<String, Object> processed, JsonNode n) {
    if (!n.has("outputs")) return processed;
    for (int i = 0; i < 2; i++) {
      nodes.put(n.get("id").asText() + "." + i, processed.filter((k, v) -> true, Named.as(Processors.output(n, i))));
    }
    return null;
  }

  /** Branch i is the node {@code id.i}; what no predicate takes is {@code id.rest}. */
  private Object split(KStream<String, Object> stream, JsonNode n) {
    String id = n.get("id").asText();
    BranchedKStream<String, Object> split = stream.split(Named.as(id + "-"));
    int i = 0;
    for (JsonNode predicate : n.get("ps")) split = split.branch(Functions.predicate(predicate), Branched.as(String.valueOf(i++)));
    split.defaultBranch(Branched.as("rest")).forEach((name, branch) -> nodes.put(id + "." + name.substring(id.length() + 1), branch));
    return null;
  }

  private Object joinStream(KStream<String, Object> stream, Object other, JsonNode n) {
    String kind = n.path("kind").asText("inner");
    ValueJoinerWithKey<String, Object, Object, Object> joiner = Functions.joiner(n.get("joiner"));
    if (other instanceof KTable table) {
      Joined<String, Object, Object> joined = Joined.with(KEY, VALUE, null);
      if (n.has("grace")) joined = joined.withGracePeriod(duration(n, "grace"));
      return kind.equals("left") ? stream.leftJoin(table, joiner, joined) : stream.join(table, joiner, joined);
    }
    if (other instanceof GlobalKTable table) {
      var on = Functions.selector(n.get("on"));
      return kind.equals("left") ? stream.leftJoin(table, on, joiner) : stream.join(table, on, joiner);
    }
    JoinWindows windows = JoinWindows.ofTimeDifferenceAndGrace(Duration.ZERO, duration(n, "grace"))
        .after(Duration.ofMillis(Math.max(0, n.path("after").asLong())))
        .before(duration(n, "before"))
        .after(duration(n, "after"));
    StreamJoined<String, Object, Object> joined = StreamJoined.with(KEY, VALUE, VALUE);
    KStream right = (KStream) other;
    return switch (kind) {
      case "left" -> stream.leftJoin(right, joiner, windows, joined);
      case "outer" -> stream.outerJoin(right, joiner, windows, joined);
      default -> stream.join(right, joiner, windows, joined);
    };
  }

  private Object ofTable(String op, KTable<Object, Object> table, JsonNode n) {
    switch (op) {
      case "filter":
      case "filterNot":
        var p = Functions.predicate(n.get("p"));
        org.apache.kafka.streams.kstream.Predicate<Object, Object> keep = (k, v) -> p.test(text(k), v);
        if (!n.has("as")) return op.equals("filter") ? table.filter(keep) : table.filterNot(keep);
        return op.equals("filter") ? table.filter(keep, materialized(n, null)) : table.filterNot(keep, materialized(n, null));
      case "map":
        var f = Functions.mapper(n.get("f"));
        if (!n.has("as")) return table.mapValues((k, v) -> f.apply(text(k), v));
        return table.mapValues((k, v) -> f.apply(text(k), v), materialized(n, VALUE));
      case "toStream":
        return records(table).filter(tombstones(n));
      case "to":
        to(records(table).filter(tombstones(n)), n);
        return null;
      case "groupBy":
        var key = Functions.selector(n.get("k"));
        var value = n.has("f") ? Functions.mapper(n.get("f")) : null;
        return table.groupBy(
            (k, v) -> KeyValue.pair(key.apply(text(k), v), value == null ? v : value.apply(text(k), v)),
            Grouped.with(KEY, VALUE));
      case "suppress":
        return table.suppress(suppressed(n));
      case "join":
        return joinTable(table, (KTable<Object, Object>) find(n.get("with").asText()), n);
      default:
        throw new IllegalArgumentException("a table has no operator " + op);
    }
  }

  /** Windows become part of the key's text. That is a new key, so only where there are any. */
  private static KStream<String, Object> records(KTable<Object, Object> table) {
    Serde<?> key = ((AbstractStream<?, ?>) table).keySerde();
    boolean isWindowed = key != null && key.getClass().getSimpleName().contains("Windowed");
    return isWindowed ? table.toStream((k, v) -> text(k)) : (KStream) table.toStream();
  }

  private Object joinTable(KTable<Object, Object> table, KTable<Object, Object> other, JsonNode n) {
    String kind = n.path("kind").asText("inner");
    var withKey = Functions.joiner(n.get("joiner"));
    ValueJoiner<Object, Object, Object> joiner = (x, y) -> withKey.apply(null, x, y);
    if (n.has("on")) {
      // A foreign key is taken from the value alone; the primary key stands for nothing there.
      var selector = Functions.selector(n.get("on"));
      java.util.function.Function<Object, Object> on = v -> selector.apply(null, v);
      return kind.equals("left")
          ? table.leftJoin(other, on, joiner, materialized(n, VALUE))
          : table.join(other, on, joiner, materialized(n, VALUE));
    }
    if (!n.has("as")) {
      return switch (kind) {
        case "left" -> table.leftJoin(other, joiner);
        case "outer" -> table.outerJoin(other, joiner);
        default -> table.join(other, joiner);
      };
    }
    return switch (kind) {
      case "left" -> table.leftJoin(other, joiner, materialized(n, VALUE));
      case "outer" -> table.outerJoin(other, joiner, materialized(n, VALUE));
      default -> table.join(other, joiner, materialized(n, VALUE));
    };
  }

  private static Suppressed suppressed(JsonNode n) {
    long records = n.path("records").asLong(0);
    boolean stops = n.path("full").asText().equals("stop");
    if (n.get("until").asText().equals("window-closes")) {
      return Suppressed.untilWindowCloses(stops ? BufferConfig.maxRecords(records).shutDownWhenFull() : BufferConfig.unbounded());
    }
    if (stops) return Suppressed.untilTimeLimit(duration(n, "limit"), BufferConfig.maxRecords(records).shutDownWhenFull());
    BufferConfig buffer = records > 0 ? BufferConfig.maxRecords(records) : BufferConfig.unbounded();
    return Suppressed.untilTimeLimit(duration(n, "limit"), buffer);
  }

  private static org.apache.kafka.streams.kstream.Predicate<String, Object> tombstones(JsonNode n) {
    boolean kept = n.path("tombstones").asBoolean(true);
    return (k, v) -> kept || v != null;
  }

  /** To a topic, or to the one of two that a predicate chooses for each record. */
  private void to(KStream<String, Object> stream, JsonNode n) {
    for (String topic : topics(n)) if (!outputs.contains(topic)) outputs.add(topic);
    if (!n.has("p")) {
      stream.to(n.get("topic").asText(), Produced.with(KEY, VALUE));
      return;
    }
    var p = Functions.predicate(n.get("p"));
    List<String> topics = topics(n);
    stream.to((k, v, context) -> topics.get(p.test(k, v) ? 0 : 1), Produced.with(KEY, VALUE));
  }

  /** The stores of others that a processor reads. */
  private static String[] stores(JsonNode n) {
    List<String> names = new ArrayList<>();
    n.path("stores").forEach(name -> names.add(name.asText()));
    return names.toArray(String[]::new);
  }

  private static List<String> topics(JsonNode n) {
    List<String> names = new ArrayList<>();
    if (n.has("topics")) n.get("topics").forEach(name -> names.add(name.asText()));
    else names.add(n.get("topic").asText());
    return names;
  }

  /** A table over a topic, with history where it is versioned. */
  private static Materialized source(JsonNode n) {
    if (!n.has("history")) return materialized(n, VALUE);
    return Materialized.<String, Object>as(
            Stores.persistentVersionedKeyValueStore(n.get("as").asText(), duration(n, "history")))
        .withKeySerde(KEY)
        .withValueSerde(VALUE);
  }

  static Materialized materialized(JsonNode n, Serde<?> value) {
    Materialized made = n.has("as") ? Materialized.as(n.get("as").asText()) : Materialized.with(null, null);
    // Keys of windowed tables have a serde of their own, which follows from the window.
    if (value != null) made = made.withKeySerde(KEY).withValueSerde(value);
    return made;
  }

  static Duration duration(JsonNode n, String field) {
    return Duration.ofMillis(n.path(field).asLong());
  }

  /** A windowed key as text: {@code key@start/end}. */
  static String text(Object key) {
    if (key instanceof Windowed<?> windowed) return windowed.key() + "@" + windowed.window().start() + "/" + windowed.window().end();
    return (String) key;
  }
}
