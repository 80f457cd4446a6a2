import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes jobs at a given rate and reads the counts at read_committed, in one process with one clock, with Kafka's own
 * clients, so that what measures an engine is none of the engines. A record's timestamp is the microsecond at which it was
 * due, not the one at which it was sent: whatever holds the sender up counts as latency. A count carries the timestamp of
 * the last job in it, so a count that was told for several jobs at once is one sample.
 *
 * <p>Arguments: brokers, input, output, number of keys, and phases {@code rate:records:untimed}, a rate of 0 as fast
 * as it goes, the first records of a phase not timed. A phase begins when the last one is through; each ends with a line
 * of JSON. Exits with 1 if a count is wrong.
 */
public final class Latency {
  private static final int WAIT_SECONDS = 120;
  private static final String[] AIRPORTS = {"ATL", "BOS", "DEN", "DFW", "JFK", "LAS", "LAX", "MIA", "ORD", "PHX"};

  private final long origin = System.nanoTime();
  private final int[] sent;
  private final int[] seen;
  private long sentTotal;
  private volatile long seenTotal;
  private volatile long measureFrom = Long.MAX_VALUE;
  private volatile boolean over;
  private long[] samples = new long[1 << 16];
  private volatile int sampleCount;
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  private Latency(int keys) {
    sent = new int[keys];
    seen = new int[keys];
  }

  public static void main(String[] args) throws Exception {
    new Latency(Integer.parseInt(args[3])).run(args[0], args[1], args[2], Arrays.copyOfRange(args, 4, args.length));
  }

  private void run(String brokers, String input, String output, String[] phases) throws Exception {
    Thread reader = new Thread(() -> {
      try {
        read(brokers, output);
      } catch (Throwable error) {
        failure.compareAndSet(null, error);
      }
    });
    // Otherwise it would outlive whatever ends this thread.
    reader.setDaemon(true);
    reader.start();
    Map<String, Object> settings = Map.of("bootstrap.servers", brokers, "linger.ms", "0");
    try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
      for (String phase : phases) {
        String[] parts = phase.split(":");
        write(
            producer, input, Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
      }
    }
    over = true;
    reader.join();
    if (!Arrays.equals(sent, seen)) throw new IllegalStateException("the counts are wrong");
    System.exit(0);
  }

  private long micros() {
    return (System.nanoTime() - origin) / 1000;
  }

  private void write(KafkaProducer<String, byte[]> producer, String topic, int rate, int records, int untimed)
      throws Exception {
    Random random = new Random(records);
    long begin = micros();
    sampleCount = 0;
    measureFrom = rate == 0 ? Long.MAX_VALUE : begin + untimed * 1_000_000L / rate;
    long behind = 0;
    for (int id = 0; id < records; id++) {
      long due = rate == 0 ? micros() : begin + id * 1_000_000L / rate;
      for (long early; (early = due - micros()) > 0; ) LockSupport.parkNanos(early * 1000);
      behind = Math.max(behind, micros() - due);
      int key = random.nextInt(sent.length);
      boolean completed = random.nextInt(3) < 2;
      if (completed) {
        sent[key]++;
        sentTotal++;
      }
      producer.send(new ProducerRecord<>(topic, null, due, keyOf(key), job(id, key, completed, random)), (done, error) -> {
        if (error != null) failure.compareAndSet(null, error);
      });
    }
    producer.flush();
    double seconds = (micros() - begin) / 1e6;
    long deadline = System.nanoTime() + WAIT_SECONDS * 1_000_000_000L;
    while (seenTotal != sentTotal) {
      if (failure.get() != null) throw new IllegalStateException(failure.get());
      if (System.nanoTime() > deadline) throw new IllegalStateException("counted " + seenTotal + " of " + sentTotal);
      Thread.sleep(5);
    }
    long[] sorted = Arrays.copyOf(samples, sampleCount);
    Arrays.sort(sorted);
    System.out.printf(
        "{\"event\":\"phase\",\"rate\":%d,\"records\":%d,\"seconds\":%.3f,\"behindMs\":%.3f,\"samples\":%d,"
            + "\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f,\"max\":%.3f}%n",
        rate, records, seconds, behind / 1e3, sorted.length,
        quantile(sorted, 0.5), quantile(sorted, 0.99), quantile(sorted, 0.999), quantile(sorted, 1));
  }

  /** Milliseconds. */
  private static double quantile(long[] sorted, double share) {
    if (sorted.length == 0) return -1;
    return sorted[(int) Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] / 1e3;
  }

  private static String keyOf(int key) {
    return String.format("import-%06d", key);
  }

  private static byte[] job(int id, int key, boolean completed, Random random) {
    String text = "{\"id\":" + id + ",\"importId\":\"" + keyOf(key) + "\",\"status\":\""
        + (completed ? "completed" : "started") + "\",\"origin\":\"" + AIRPORTS[random.nextInt(10)]
        + "\",\"destination\":\"" + AIRPORTS[random.nextInt(10)] + "\",\"delay\":" + random.nextInt(90)
        + ",\"distance\":" + (100 + random.nextInt(2500)) + "}";
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void read(String brokers, String topic) {
    Map<String, Object> settings =
        Map.of("bootstrap.servers", brokers, "isolation.level", "read_committed", "max.poll.records", "10000");
    try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
          .map(info -> new TopicPartition(topic, info.partition()))
          .collect(Collectors.toList());
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (!over) {
        var records = consumer.poll(Duration.ofMillis(100));
        long now = micros();
        long total = seenTotal;
        for (ConsumerRecord<String, byte[]> record : records) {
          int key = Integer.parseInt(record.key().substring("import-".length()));
          int count = (int) ByteBuffer.wrap(record.value()).getLong();
          total += count - seen[key];
          seen[key] = count;
          if (record.timestamp() < measureFrom) continue;
          if (sampleCount == samples.length) samples = Arrays.copyOf(samples, samples.length * 2);
          samples[sampleCount] = now - record.timestamp();
          sampleCount = sampleCount + 1;
        }
        seenTotal = total;
      }
    }
  }
}
