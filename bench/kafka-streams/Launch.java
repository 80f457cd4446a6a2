import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;

/**
 * What every Kafka Streams program of the bench has in common: its settings, and the life of its process. It runs until
 * its standard input ends, closes, and tells the harness what happened in JSON lines on standard output.
 */
final class Launch {
  private final Map<String, String> options = new HashMap<>();

  private Launch() {}

  /** Reads {@code --name value} pairs. */
  static Launch parse(String[] args) {
    Launch launch = new Launch();
    for (int i = 0; i + 1 < args.length; i += 2) launch.options.put(args[i].substring(2), args[i + 1]);
    return launch;
  }

  String get(String name) {
    String value = options.get(name);
    if (value == null) throw new IllegalArgumentException("--" + name + " is missing");
    return value;
  }

  /** The input topics, in the order of the workload's. */
  String input(int index) {
    return get("inputs").split(",")[index];
  }

  private Properties settings() {
    Properties p = new Properties();
    p.put(StreamsConfig.APPLICATION_ID_CONFIG, get("application"));
    p.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, get("brokers"));
    p.put(StreamsConfig.STATE_DIR_CONFIG, get("state-dir"));
    p.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, get("threads"));
    p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, get("guarantee"));
    p.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, get("commit-interval"));
    p.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, get("cache-bytes"));
    p.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    p.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    // Settings to try, as `-Dset.<kafka streams setting>=<value>`.
    System.getProperties().forEach((name, value) -> {
      if (name.toString().startsWith("set.")) p.put(name.toString().substring(4), value);
    });
    return p;
  }

  void run(StreamsBuilder builder) throws Exception {
    Properties settings = settings();
    KafkaStreams streams = new KafkaStreams(builder.build(settings), settings);
    CountDownLatch failed = new CountDownLatch(1);
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      failed.countDown();
      return org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse
          .SHUTDOWN_CLIENT;
    });
    streams.setStateListener((now, before) -> tell("state", now.toString()));
    streams.start();
    Thread end = new Thread(() -> {
      try {
        while (System.in.read() >= 0) {}
      } catch (java.io.IOException e) {
        // Standard input is gone: so is the harness.
      }
      failed.countDown();
    });
    end.setDaemon(true);
    end.start();
    failed.await();
    // A program of the bench may be started again: without this, its group would wait for the session of the old member.
    streams.close(CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
    tell("state", "closed");
    System.exit(0);
  }

  private static void tell(String event, String value) {
    System.out.println("{\"event\":\"" + event + "\",\"value\":\"" + value + "\",\"at\":" + System.currentTimeMillis() + "}");
  }
}
