import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.KeyValueStore;

/** Counts the completed jobs of each key: the peer of bench/sluice/count.ts. */
public final class CountPerKey {
  /** What the program looks at. Jackson skips the other fields without making objects of them. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public static final class Job {
    public String status;
  }

  private static final ObjectReader JOB = new ObjectMapper().readerFor(Job.class);

  public static void main(String[] args) throws Exception {
    Launch launch = Launch.parse(args);
    Deserializer<Job> deserializer = (topic, bytes) -> {
      if (bytes == null) return null;
      try {
        return JOB.readValue(bytes);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
    // Nothing of this topology writes a job: it is grouped by the key it has.
    Serializer<Job> serializer = (topic, job) -> {
      throw new UnsupportedOperationException("jobs are only read");
    };
    Serde<Job> job = Serdes.serdeFrom(serializer, deserializer);

    StreamsBuilder builder = new StreamsBuilder();
    builder
        .stream(launch.get("input"), Consumed.with(Serdes.String(), job))
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
