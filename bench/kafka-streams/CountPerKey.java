import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.KeyValueStore;

/** Counts the completed jobs of each key: the peer of bench/sluice/pipelines/count.ts. */
public final class CountPerKey {
  public static final class Job {
    public String status;
  }

  public static void main(String[] args) throws Exception {
    Launch launch = Launch.parse(args);
    Serde<Job> job = Json.of(Job.class);
    StreamsBuilder builder = new StreamsBuilder();
    builder
        .stream(launch.input(0), Consumed.with(Serdes.String(), job))
        .filter((key, value) -> value.status.equals("completed"))
        .groupByKey(Grouped.with(Serdes.String(), job))
        .count(Materialized.<String, Long, KeyValueStore<Bytes, byte[]>>as("completed-jobs")
            .withKeySerde(Serdes.String())
            .withValueSerde(Serdes.Long()))
        .toStream()
        .to(launch.get("output"), Produced.with(Serdes.String(), Serdes.Long()));
    launch.run(builder);
  }
}
