import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Prints the last committed value of every key of a topic, {@code key<TAB>value}, after a first line with the number of
 * records. Kafka's own consumer reads, so that what checks an engine is none of the engines. Values: an int64, or text.
 */
public final class FinalValues {
  public static void main(String[] args) {
    String topic = args[1];
    boolean text = args.length > 2 && args[2].equals("text");
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
          last.put(record.key(), record.value());
        }
      }
    }
    PrintStream out = new PrintStream(new BufferedOutputStream(System.out, 1 << 20), false, StandardCharsets.UTF_8);
    out.println(records);
    last.forEach((key, value) -> {
      if (value == null) out.println(key + "\tnull");
      else out.println(key + "\t" + (text ? new String(value, StandardCharsets.UTF_8) : ByteBuffer.wrap(value).getLong()));
    });
    out.flush();
  }
}
