import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.apache.kafka.streams.state.SessionStore;
import org.apache.kafka.streams.state.TimestampedKeyValueStore;
import org.apache.kafka.streams.state.ValueAndTimestamp;
import org.apache.kafka.streams.state.VersionedKeyValueStore;
import org.apache.kafka.streams.state.VersionedRecord;
import org.apache.kafka.streams.state.WindowStore;

/** The contents of the stores that have a name of the user's: {@code [key, value, timestamp]}, the timestamp where there is one. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class StoreDump {
  private StoreDump() {}

  static void into(ObjectNode all, TopologyTestDriver driver, Iterable<String> names, Iterable<String> keys) {
    for (String name : names) {
      ArrayNode entries = all.putArray(name);
      StateStore store = driver.getAllStateStores().get(name);
      if (store == null) throw new IllegalArgumentException("no store " + name);
      if (store instanceof VersionedKeyValueStore versioned) {
        for (String key : keys) {
          VersionedRecord<Object> latest = versioned.get(key);
          if (latest != null) entry(entries, key, latest.value(), latest.timestamp());
        }
      } else if (store instanceof SessionStore sessions) {
        try (KeyValueIterator<Object, Object> found = sessions.findSessions((Object) null, (Object) null, 0, Long.MAX_VALUE)) {
          dump(entries, found);
        }
      } else if (store instanceof WindowStore windows) {
        try (KeyValueIterator<Object, Object> found = windows.all()) {
          dump(entries, found);
        }
      } else {
        try (KeyValueIterator<Object, Object> found = ((ReadOnlyKeyValueStore<Object, Object>) store).all()) {
          dump(entries, found);
        }
      }
    }
  }

  private static void dump(ArrayNode entries, KeyValueIterator<Object, Object> found) {
    while (found.hasNext()) {
      KeyValue<Object, Object> next = found.next();
      if (next.value instanceof ValueAndTimestamp<?> value) entry(entries, Graph.text(next.key), value.value(), value.timestamp());
      else entry(entries, Graph.text(next.key), next.value, null);
    }
  }

  private static void entry(ArrayNode entries, String key, Object value, Long timestamp) {
    ArrayNode entry = entries.addArray().add(key).addPOJO(value);
    if (timestamp != null) entry.add(timestamp);
  }
}
