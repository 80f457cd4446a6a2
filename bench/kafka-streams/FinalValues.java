import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
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
 * <p>Arguments: brokers, topic, {@code int64|text}, {@code all|last|sum}, {@code digest|dump}.
 */
public final class FinalValues {
  public static void main(String[] args) {
    String topic = args[1];
    boolean text = args[2].equals("text");
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
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          records++;
          if (fold.equals("all")) take.accept(String.valueOf(record.key()), show(record.value(), text));
          else last.put(String.valueOf(record.key()), record.value());
        }
      }
    }
    if (fold.equals("last")) {
      last.forEach((key, value) -> {
        if (value != null) take.accept(key, show(value, text));
      });
    } else if (fold.equals("sum")) {
      Map<String, Long> sums = new HashMap<>();
      last.forEach((key, value) -> sums.merge(key.substring(0, key.indexOf('@')), ByteBuffer.wrap(value).getLong(), Long::sum));
      sums.forEach((key, sum) -> take.accept(key, String.valueOf(sum)));
    }
    out.println("=" + records + " " + digest);
    out.flush();
  }

  private static String show(byte[] value, boolean text) {
    if (value == null) return "null";
    return text ? new String(value, StandardCharsets.UTF_8) : String.valueOf(ByteBuffer.wrap(value).getLong());
  }
}
