import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyConfig;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.BuiltInDslStoreSuppliers;
import org.apache.kafka.streams.test.TestRecord;

/**
 * Runs topologies through Kafka Streams' TopologyTestDriver: one JSON line in, one JSON line out, until the input ends.
 *
 * <p>In: {@code {"id", "topology": [node…], "records": [[topic, key, value, timestamp] | {"advance": ms}…], "stores":
 * [name…], "describe": true, "rocksdb": true}}. Out: {@code {"id", "outputs": [[index of the record that caused it, topic, key, value,
 * timestamp]…], "stores": {name: [[key, value, timestamp]…]}, "dropped": n}, with {@code "failed"}, the index of the record at which a
 * full buffer stopped it; or {@code {"id", "error"}}.
 */
public final class Oracle {
  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] args) throws Exception {
    String directory = Files.createTempDirectory("sluice-oracle-").toString();
    Properties inMemory = settings(directory, BuiltInDslStoreSuppliers.InMemoryDslStoreSuppliers.class);
    Properties onDisk = settings(directory, BuiltInDslStoreSuppliers.RocksDBDslStoreSuppliers.class);
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    try (var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        JsonNode question = JSON.readTree(line);
        Properties settings = question.path("rocksdb").asBoolean() ? onDisk : inMemory;
        ObjectNode answer = answer(question, settings);
        if (answer.has("error") || answer.has("failed")) {
          // What stopped in the middle may not have let go of its stores.
          directory = Files.createTempDirectory("sluice-oracle-").toString();
          for (Properties each : List.of(inMemory, onDisk)) each.put(StreamsConfig.STATE_DIR_CONFIG, directory);
        }
        out.println(JSON.writeValueAsString(answer));
        if (!in.ready()) out.flush();
      }
    }
    out.flush();
  }

  private static Properties settings(String directory, Class<?> stores) {
    Properties p = new Properties();
    p.put(StreamsConfig.APPLICATION_ID_CONFIG, "oracle");
    p.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
    p.put(StreamsConfig.STATE_DIR_CONFIG, directory);
    p.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
    p.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    p.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Values.ValueSerde.class);
    p.put(StreamsConfig.DSL_STORE_SUPPLIERS_CLASS_CONFIG, stores);
    // Both look at closed windows once a second of wall-clock time; here at every record, so that answers do not depend on it.
    p.put(StreamsConfig.InternalConfig.EMIT_INTERVAL_MS_KSTREAMS_OUTER_JOIN_SPURIOUS_RESULTS_FIX, 0L);
    p.put(StreamsConfig.InternalConfig.EMIT_INTERVAL_MS_KSTREAMS_WINDOWED_AGGREGATION, 0L);
    return p;
  }

  private static ObjectNode answer(JsonNode question, Properties settings) {
    ObjectNode answer = JSON.createObjectNode();
    answer.set("id", question.get("id"));
    try {
      run(question, settings, answer);
    } catch (Throwable error) {
      Throwable cause = root(error);
      answer.removeAll();
      answer.set("id", question.get("id"));
      answer.put("error", cause.getClass().getSimpleName() + ": " + cause.getMessage());
    }
    return answer;
  }

  /** What the operators dropped: too late, or without a key. A record that is late for two windows counts twice. */
  private static long dropped(TopologyTestDriver driver) {
    return driver.metrics().values().stream()
        .filter(metric -> metric.metricName().name().equals("dropped-records-total"))
        .mapToLong(metric -> ((Number) metric.metricValue()).longValue())
        .sum();
  }

  /** The names and values of all headers. */
  private static String text(Headers headers) {
    List<String> all = new ArrayList<>();
    for (Header header : headers) all.add(header.key() + "=" + new String(header.value(), StandardCharsets.UTF_8));
    return String.join(",", all);
  }

  private static Throwable root(Throwable error) {
    return error.getCause() == null ? error : root(error.getCause());
  }

  private static void run(JsonNode question, Properties settings, ObjectNode answer) {
    StreamsBuilder builder = new StreamsBuilder(new TopologyConfig(new StreamsConfig(settings)));
    Graph graph = new Graph(builder, question.get("topology"));
    Topology topology = builder.build();
    if (question.path("describe").asBoolean()) answer.put("description", topology.describe().toString());
    try (TopologyTestDriver driver = new TopologyTestDriver(topology, settings, Instant.EPOCH)) {
      Map<String, TestInputTopic<String, Object>> inputs = new HashMap<>();
      List<TestOutputTopic<String, Object>> outputs = new ArrayList<>();
      for (String name : graph.outputs) {
        outputs.add(driver.createOutputTopic(name, Serdes.String().deserializer(), Values.DESERIALIZER));
      }
      ArrayNode written = answer.putArray("outputs");
      Set<String> keys = new LinkedHashSet<>();
      int index = 0;
      for (JsonNode record : question.get("records")) {
        if (record.isObject()) {
          driver.advanceWallClockTime(Duration.ofMillis(record.get("advance").asLong()));
        } else {
          String topic = record.get(0).asText();
          String key = record.get(1).isNull() ? null : record.get(1).asText();
          if (key != null) keys.add(key);
          TestInputTopic<String, Object> input = inputs.computeIfAbsent(
              topic, name -> driver.createInputTopic(name, Serdes.String().serializer(), Values.SERIALIZER));
          try {
            Headers headers = new RecordHeaders();
            if (record.has(4)) headers.add("h", record.get(4).asText().getBytes(StandardCharsets.UTF_8));
            input.pipeInput(new TestRecord<>(key, Functions.constant(record.get(2)), headers, record.get(3).asLong()));
          } catch (RuntimeException error) {
            if (!root(error).getMessage().contains("buffer exceeded its max capacity")) throw error;
            answer.put("failed", index);
            answer.putObject("stores");
            return;
          }
        }
        for (int i = 0; i < outputs.size(); i++) {
          TestOutputTopic<String, Object> output = outputs.get(i);
          while (!output.isEmpty()) {
            TestRecord<String, Object> one = output.readRecord();
            written.addArray().add(index).add(graph.outputs.get(i)).add(one.key()).addPOJO(one.value()).add(one.timestamp()).add(text(one.headers()));
          }
        }
        index++;
      }
      answer.put("dropped", dropped(driver));
      List<String> stores = new ArrayList<>();
      question.path("stores").forEach(name -> stores.add(name.asText()));
      StoreDump.into(answer.putObject("stores"), driver, stores, keys);
    }
  }
}
