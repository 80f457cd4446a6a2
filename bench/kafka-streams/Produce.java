import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes what it reads on standard input to a topic, with Kafka's own producer and its default settings, so that batches
 * and partitions are those that any application would have written. A record: int64 timestamp, int32 key length, key,
 * int32 value length, value; big-endian, a length of -1 is null.
 */
public final class Produce {
  public static void main(String[] args) throws Exception {
    String topic = args[1];
    Map<String, Object> settings =
        Map.of("bootstrap.servers", args[0], "linger.ms", "20", "buffer.memory", String.valueOf(64L << 20));
    AtomicReference<Exception> failure = new AtomicReference<>();
    long count = 0;
    try (var in = new DataInputStream(new BufferedInputStream(System.in, 1 << 20));
        var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      while (failure.get() == null) {
        long timestamp;
        try {
          timestamp = in.readLong();
        } catch (EOFException end) {
          break;
        }
        byte[] key = bytes(in);
        byte[] value = bytes(in);
        producer.send(new ProducerRecord<>(topic, null, timestamp, key, value), (metadata, error) -> {
          if (error != null) failure.compareAndSet(null, error);
        });
        count++;
      }
      producer.flush();
    }
    if (failure.get() != null) throw failure.get();
    System.out.println(count);
  }

  private static byte[] bytes(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0) return null;
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }
}
