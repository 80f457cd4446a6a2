import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.WindowStore;

/** Counts the completed jobs per key and window; the keys written are {@code key@start}. */
final class Windows {
  private Windows() {}

  static void run(String[] args, TimeWindows windows) throws Exception {
    Launch launch = Launch.parse(args);
    Serde<CountPerKey.Job> job = Json.of(CountPerKey.Job.class);
    StreamsBuilder builder = new StreamsBuilder();
    builder
        .stream(launch.input(0), Consumed.with(Serdes.String(), job))
        .filter((key, value) -> value.status.equals("completed"))
        .groupByKey(Grouped.with(Serdes.String(), job))
        .windowedBy(windows)
        .count(Materialized.<String, Long, WindowStore<Bytes, byte[]>>as("completed-in-window")
            .withKeySerde(Serdes.String())
            .withValueSerde(Serdes.Long()))
        .toStream((key, count) -> key.key() + "@" + key.window().start())
        .to(launch.get("output"), Produced.with(Serdes.String(), Serdes.Long()));
    launch.run(builder);
  }
}
