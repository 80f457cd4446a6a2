import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.KeyValueStore;

/** Counts by another key: the peer of bench/sluice/pipelines/repartition.ts. */
public final class Repartition {
  public static final class Job {
    public String status;
    public String origin;
    public int delay;
  }

  public static void main(String[] args) throws Exception {
    Launch launch = Launch.parse(args);
    Serde<Job> job = Json.of(Job.class);
    StreamsBuilder builder = new StreamsBuilder();
    builder
        .stream(launch.input(0), Consumed.with(Serdes.String(), job))
        .filter((key, value) -> value.status.equals("completed"))
        .groupBy((key, value) -> value.origin + "-" + value.delay, Grouped.with("by-delay", Serdes.String(), job))
        .count(Materialized.<String, Long, KeyValueStore<Bytes, byte[]>>as("by-delay")
            .withKeySerde(Serdes.String())
            .withValueSerde(Serdes.Long()))
        .toStream()
        .to(launch.get("output"), Produced.with(Serdes.String(), Serdes.Long()));
    launch.run(builder);
  }
}
