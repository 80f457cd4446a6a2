import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.kstream.KeyValueMapper;
import org.apache.kafka.streams.kstream.Predicate;
import org.apache.kafka.streams.kstream.Reducer;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.kstream.internals.SessionWindow;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorSupplier;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.SessionStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.TimestampedKeyValueStore;
import org.apache.kafka.streams.state.TimestampedWindowStore;
import org.apache.kafka.streams.state.ValueAndTimestamp;
import org.apache.kafka.streams.state.VersionedKeyValueStore;
import org.apache.kafka.streams.state.VersionedRecord;

/**
 * Processors with stores and punctuators, by name. They are written the same way in test/oracle/processors.ts; {@code dedupe}
 * and {@code late} are what Sluice has operators for.
 */
final class Processors {
  private Processors() {}

  /** Sends a record on; a processor of fixed keys takes that of the record at hand. */
  private interface Forward {
    void send(String key, Object value, long timestamp);
  }

  /** What a processor does, whether it keeps the keys or not. */
  private abstract static class Logic {
    Forward forward;

    void init(ProcessingContext context) {}

    abstract void process(String key, Object value, long timestamp);
  }

  static ProcessorSupplier<String, Object, String, Object> processor(JsonNode n) {
    return new ProcessorSupplier<>() {
      @Override
      public Processor<String, Object, String, Object> get() {
        Logic logic = logic(n);
        Predicate<String, Object> to = n.has("outputs") ? Functions.predicate(n.get("outputs")) : null;
        return new ContextualProcessor<>() {
          /** Those of the record at hand; a timer has none. */
          private Headers headers = new RecordHeaders();

          @Override
          public void init(ProcessorContext<String, Object> context) {
            super.init(context);
            logic.forward = (key, value, timestamp) -> {
              Record<String, Object> record = new Record<>(key, value, timestamp, headers);
              if (to == null) context.forward(record);
              else context.forward(record, output(n, to.test(key, value) ? 0 : 1));
            };
            logic.init(context);
          }

          @Override
          public void process(Record<String, Object> record) {
            headers = record.headers();
            logic.process(record.key(), record.value(), record.timestamp());
            headers = new RecordHeaders();
          }
        };
      }

      @Override
      public Set<StoreBuilder<?>> stores() {
        return store(n);
      }
    };
  }

  /** The name of what follows an output. */
  static String output(JsonNode n, int i) {
    return n.get("id").asText() + "-out-" + i;
  }

  static FixedKeyProcessorSupplier<String, Object, Object> valueProcessor(JsonNode n) {
    return new FixedKeyProcessorSupplier<>() {
      @Override
      public FixedKeyProcessor<String, Object, Object> get() {
        Logic logic = logic(n);
        return new ContextualFixedKeyProcessor<>() {
          private FixedKeyRecord<String, Object> current;

          @Override
          public void init(FixedKeyProcessorContext<String, Object> context) {
            super.init(context);
            logic.forward = (key, value, timestamp) -> context.forward(current.withValue(value).withTimestamp(timestamp));
            logic.init(context);
          }

          @Override
          public void process(FixedKeyRecord<String, Object> record) {
            current = record;
            logic.process(record.key(), record.value(), record.timestamp());
          }
        };
      }

      @Override
      public Set<StoreBuilder<?>> stores() {
        return store(n);
      }
    };
  }

  private static Set<StoreBuilder<?>> store(JsonNode n) {
    String name = n.path("as").asText();
    Serde<String> key = Serdes.String();
    Duration retention = Graph.duration(n, "retention");
    return switch (kind(n)) {
      case "total", "flush" ->
          Set.of(Stores.timestampedKeyValueStoreBuilder(Stores.inMemoryKeyValueStore(name), key, Values.SERDE));
      case "windows" -> Set.of(
          Stores.timestampedWindowStoreBuilder(
              Stores.inMemoryWindowStore(name, retention, Graph.duration(n, "size"), false), key, Values.SERDE));
      case "sessions" ->
          Set.of(Stores.sessionStoreBuilder(Stores.inMemorySessionStore(name, retention), key, Values.SERDE));
      case "versions" -> Set.of(
          Stores.versionedKeyValueStoreBuilder(
              Stores.persistentVersionedKeyValueStore(name, Graph.duration(n, "history")), key, Values.SERDE));
      case "dedupe" -> {
        Duration known = Duration.ofMillis(2 * n.get("within").asLong() + n.get("grace").asLong() + 1);
        yield Set.of(
            Stores.windowStoreBuilder(
                Stores.inMemoryWindowStore(name, known, Duration.ofMillis(1), false), key, Serdes.String()));
      }
      case "late" -> n.get("kind").asText().equals("session")
          ? Set.of(Stores.sessionStoreBuilder(Stores.inMemorySessionStore(name, Duration.ofDays(1)), key, Values.SERDE))
          : Set.of();
      default -> Set.of();
    };
  }

  private static String kind(JsonNode n) {
    String op = n.get("op").asText();
    return op.startsWith("process") ? n.get("kind").asText() : op;
  }

  private static Logic logic(JsonNode n) {
    String name = n.path("as").asText();
    return switch (kind(n)) {
      case "total" -> total(n, name);
      case "flush" -> flush(n, name);
      case "windows" -> windows(n, name);
      case "sessions" -> sessions(n, name);
      case "versions" -> versions(n, name);
      case "lookup" -> lookup(n.get("stores").get(0).asText());
      case "stamp" -> stamp(n.get("shift").asLong());
      case "dedupe" -> dedupe(n, name);
      case "late" -> n.get("kind").asText().equals("session") ? lateForSessions(n, name) : late(n);
      default -> throw new IllegalArgumentException("no processor " + n);
    };
  }

  /** What there is and the value, by a reducer. */
  private static Logic total(JsonNode n, String name) {
    Reducer<Object> reducer = Functions.reducer(n.get("r"));
    return new Logic() {
      private TimestampedKeyValueStore<String, Object> totals;

      @Override
      void init(ProcessingContext context) {
        totals = context.getStateStore(name);
      }

      @Override
      void process(String key, Object value, long timestamp) {
        if (key == null) return;
        Object total = reducer.apply(valueOf(totals.get(key)), value);
        totals.put(key, ValueAndTimestamp.make(total, timestamp));
        forward.send(key, total, timestamp);
      }
    };
  }

  /** The value beside the row of a table. */
  private static Logic lookup(String name) {
    return new Logic() {
      private TimestampedKeyValueStore<String, Object> rows;

      @Override
      void init(ProcessingContext context) {
        rows = context.getStateStore(name);
      }

      @Override
      void process(String key, Object value, long timestamp) {
        if (key == null) return;
        ValueAndTimestamp<Object> row = rows.get(key);
        String shown = row == null ? "none" : Values.str(row.value()) + "@" + row.timestamp();
        forward.send(key, Values.tail(Values.str(value) + "<" + shown), timestamp);
      }
    };
  }

  /** Collects, and hands out what has come together whenever time has moved on. */
  private static Logic flush(JsonNode n, String name) {
    Reducer<Object> reducer = Functions.reducer(n.get("r"));
    boolean drains = n.get("drains").asBoolean();
    PunctuationType time =
        n.get("time").asText().equals("stream-time") ? PunctuationType.STREAM_TIME : PunctuationType.WALL_CLOCK_TIME;
    return new Logic() {
      private TimestampedKeyValueStore<String, Object> kept;

      @Override
      void init(ProcessingContext context) {
        kept = context.getStateStore(name);
        context.schedule(Graph.duration(n, "interval"), time, this::hand);
      }

      @Override
      void process(String key, Object value, long timestamp) {
        if (key == null) return;
        kept.put(key, ValueAndTimestamp.make(reducer.apply(valueOf(kept.get(key)), value), timestamp));
      }

      private void hand(long now) {
        List<String> keys = new ArrayList<>();
        try (KeyValueIterator<String, ValueAndTimestamp<Object>> all = kept.all()) {
          while (all.hasNext()) {
            KeyValue<String, ValueAndTimestamp<Object>> next = all.next();
            keys.add(next.key);
            forward.send(next.key, next.value.value(), now);
          }
        }
        if (drains) for (String key : keys) kept.delete(key);
      }
    };
  }

  /** A value per window of one size, and what the store has of the key in the windows around it. */
  private static Logic windows(JsonNode n, String name) {
    Reducer<Object> reducer = Functions.reducer(n.get("r"));
    long size = n.get("size").asLong();
    return new Logic() {
      private TimestampedWindowStore<String, Object> kept;

      @Override
      void init(ProcessingContext context) {
        kept = context.getStateStore(name);
      }

      @Override
      void process(String key, Object value, long timestamp) {
        if (key == null) return;
        long start = timestamp - timestamp % size;
        Object result = reducer.apply(valueOf(kept.fetch(key, start)), value);
        kept.put(key, ValueAndTimestamp.make(result, timestamp), start);
        StringBuilder seen = new StringBuilder();
        try (var found = kept.fetch(key, Math.max(0, start - 2 * size), start + size)) {
          while (found.hasNext()) {
            KeyValue<Long, ValueAndTimestamp<Object>> next = found.next();
            seen.append(next.key).append('=').append(Values.str(next.value.value())).append(' ');
          }
        }
        forward.send(key, Values.tail(seen.toString()), timestamp);
      }
    };
  }

  /** Sessions that grow by what comes close to them. */
  private static Logic sessions(JsonNode n, String name) {
    Reducer<Object> reducer = Functions.reducer(n.get("r"));
    long gap = n.get("gap").asLong();
    return new Logic() {
      private SessionStore<String, Object> kept;

      @Override
      void init(ProcessingContext context) {
        kept = context.getStateStore(name);
      }

      @Override
      void process(String key, Object value, long timestamp) {
        if (key == null) return;
        long start = timestamp;
        long end = timestamp;
        Object result = value;
        List<Windowed<String>> met = new ArrayList<>();
        StringBuilder seen = new StringBuilder();
        try (KeyValueIterator<Windowed<String>, Object> found = kept.findSessions(key, Math.max(0, timestamp - gap), timestamp + gap)) {
          while (found.hasNext()) {
            KeyValue<Windowed<String>, Object> next = found.next();
            met.add(next.key);
            start = Math.min(start, next.key.window().start());
            end = Math.max(end, next.key.window().end());
            result = reducer.apply(next.value, result);
            seen.append(next.key.window().start()).append('/').append(next.key.window().end()).append(' ');
          }
        }
        for (Windowed<String> session : met) kept.remove(session);
        kept.put(new Windowed<>(key, new SessionWindow(start, end)), result);
        forward.send(key, Values.tail(seen + "-> " + start + "/" + end + "=" + Values.str(result)), timestamp);
      }
    };
  }

  /** What became of a version, what holds now, and what held a while ago. */
  private static Logic versions(JsonNode n, String name) {
    long back = n.get("back").asLong();
    return new Logic() {
      private VersionedKeyValueStore<String, Object> kept;

      @Override
      void init(ProcessingContext context) {
        kept = context.getStateStore(name);
      }

      @Override
      void process(String key, Object value, long timestamp) {
        if (key == null) return;
        long until = kept.put(key, value, timestamp);
        String what =
            until == VersionedKeyValueStore.PUT_RETURN_CODE_NOT_PUT ? "dropped"
                : until == VersionedKeyValueStore.PUT_RETURN_CODE_VALID_TO_UNDEFINED ? "latest" : "outdated";
        String now = shown(kept.get(key));
        VersionedRecord<Object> then = kept.get(key, Math.max(0, timestamp - back));
        forward.send(key, what + " " + now + " " + (then == null ? "none" : Values.str(then.value())), timestamp);
      }

      private String shown(VersionedRecord<Object> version) {
        return version == null ? "none" : Values.str(version.value()) + "@" + version.timestamp();
      }
    };
  }

  /** The same record, later. */
  private static Logic stamp(long shift) {
    return new Logic() {
      @Override
      void process(String key, Object value, long timestamp) {
        forward.send(key, value, timestamp + shift);
      }
    };
  }

  /** The first of the records with one key and id that lie close in time. */
  private static Logic dedupe(JsonNode n, String name) {
    KeyValueMapper<String, Object, String> by = Functions.selector(n.get("by"));
    long within = n.get("within").asLong();
    long grace = n.get("grace").asLong();
    return new Logic() {
      private org.apache.kafka.streams.state.WindowStore<String, String> passed;
      private long observed = -1;

      @Override
      void init(ProcessingContext context) {
        passed = context.getStateStore(name);
      }

      @Override
      void process(String key, Object value, long timestamp) {
        if (key == null) return;
        observed = Math.max(observed, timestamp);
        if (timestamp < observed - grace) return;
        String known = key + " " + by.apply(key, value);
        try (var found = passed.fetch(known, Math.max(0, timestamp - within), timestamp + within)) {
          if (found.hasNext()) return;
        }
        passed.put(known, "", timestamp);
        forward.send(key, value, timestamp);
      }
    };
  }

  /** The records for which every window has closed: what Kafka Streams drops from the aggregate of these windows. */
  private static Logic late(JsonNode n) {
    long size = n.get("size").asLong();
    long grace = n.get("grace").asLong();
    long step = n.path("step").asLong(size);
    boolean isSliding = n.get("kind").asText().equals("sliding");
    return new Logic() {
      private long observed = -1;

      @Override
      void process(String key, Object value, long timestamp) {
        if (key == null || value == null) return;
        observed = Math.max(observed, timestamp);
        long closed = observed - grace;
        boolean isLate = isSliding ? timestamp + size < closed : timestamp - timestamp % step + size <= closed;
        if (isLate) forward.send(key, value, timestamp);
      }
    };
  }

  private static Logic lateForSessions(JsonNode n, String name) {
    long gap = n.get("size").asLong();
    long grace = n.get("grace").asLong();
    return new Logic() {
      private SessionStore<String, Object> sessions;
      private long observed = -1;

      @Override
      void init(ProcessingContext context) {
        sessions = context.getStateStore(name);
      }

      @Override
      void process(String key, Object value, long timestamp) {
        if (key == null || value == null) return;
        observed = Math.max(observed, timestamp);
        long start = timestamp;
        long end = timestamp;
        List<Windowed<String>> met = new ArrayList<>();
        try (KeyValueIterator<Windowed<String>, Object> found = sessions.findSessions(key, Math.max(0, timestamp - gap), timestamp + gap)) {
          while (found.hasNext()) {
            Windowed<String> session = found.next().key;
            met.add(session);
            start = Math.min(start, session.window().start());
            end = Math.max(end, session.window().end());
          }
        }
        if (end < observed - grace - gap) {
          forward.send(key, value, timestamp);
          return;
        }
        for (Windowed<String> session : met) sessions.remove(session);
        sessions.put(new Windowed<>(key, new SessionWindow(start, end)), 1L);
      }
    };
  }

  private static Object valueOf(ValueAndTimestamp<Object> kept) {
    return kept == null ? null : kept.value();
  }
}
