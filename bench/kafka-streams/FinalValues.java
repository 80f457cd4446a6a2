import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Reads the committed records of a topic with Kafka's own consumer, so that what checks an engine is none of the engines.
 * Prints the number of records, and the digest of its entries: all records, the last value of every key, or the sum of the
 * last values of the keys that are alike up to an at sign. With {@code dump}, {@code key<TAB>value} lines follow.
 *
 * <p>Arguments: brokers, topic, {@code int64|text|hex}, {@code all|last|sum}, {@code digest|dump}.
 */
public final class FinalValues {
  private static final int WAIT_SECONDS = 60;

  public static void main(String[] args) {
    String topic = args[1];
    String kind = args[2];
    String fold = args[3];
    boolean dump = args[4].equals("dump");
    PrintStream out = new PrintStream(new BufferedOutputStream(System.out, 1 << 20), false, StandardCharsets.UTF_8);
    Digest digest = new Digest();
    BiConsumer<String, String> take = (key, value) -> {
      digest.add(key, value);
      if (dump) out.println(key + "\t" + value);
    };
    Map<String, Object> settings =
        Map.of("bootstrap.servers", args[0], "isolation.level", "read_committed", "max.poll.records", "50000");
    Map<String, byte[]> last = new HashMap<>();
    long records = 0;
    try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
          .map(info -> new TopicPartition(topic, info.partition()))
          .collect(Collectors.toList());
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = allEnds(args[0], partitions);
      long deadline = System.nanoTime() + WAIT_SECONDS * 1_000_000_000L;
      while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        var polled = consumer.poll(Duration.ofMillis(200));
        if (!polled.isEmpty()) deadline = System.nanoTime() + WAIT_SECONDS * 1_000_000_000L;
        if (System.nanoTime() > deadline) throw new IllegalStateException("a transaction of " + topic + " does not end");
        for (ConsumerRecord<String, byte[]> record : polled) {
          records++;
          if (fold.equals("all")) take.accept(String.valueOf(record.key()), show(record.value(), kind));
          else last.put(String.valueOf(record.key()), record.value());
        }
      }
    }
    if (fold.equals("last")) {
      last.forEach((key, value) -> {
        if (value != null) take.accept(key, show(value, kind));
      });
    } else if (fold.equals("sum")) {
      Map<String, Long> sums = new HashMap<>();
      last.forEach((key, value) -> sums.merge(key.substring(0, key.indexOf('@')), ByteBuffer.wrap(value).getLong(), Long::sum));
      sums.forEach((key, sum) -> take.accept(key, String.valueOf(sum)));
    }
    out.println("=" + records + " " + digest);
    out.flush();
  }

  /** The ends of all records: where the mark of a commit is still to be written, those at read_committed come too early. */
  private static Map<TopicPartition, Long> allEnds(String brokers, List<TopicPartition> partitions) {
    Map<String, Object> settings = Map.of("bootstrap.servers", brokers, "isolation.level", "read_uncommitted");
    try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
      return consumer.endOffsets(partitions);
    }
  }

  private static String show(byte[] value, String kind) {
    if (value == null) return "null";
    return switch (kind) {
      case "text" -> new String(value, StandardCharsets.UTF_8);
      case "hex" -> HexFormat.of().formatHex(value);
      default -> String.valueOf(ByteBuffer.wrap(value).getLong());
    };
  }
}
