import java.time.Duration;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.SessionWindows;
import org.apache.kafka.streams.state.SessionStore;

/** Nexmark q11: the peer of bench/sluice/pipelines/nexmark-q11.ts. */
public final class NexmarkQ11 {
  public static void main(String[] args) throws Exception {
    Launch launch = Launch.parse(args);
    StreamsBuilder builder = new StreamsBuilder();
    Nexmark.stream(builder, launch.input(0), Nexmark.BID)
        .map((auction, bid) -> KeyValue.pair(String.valueOf(bid.bidder), (int) bid.bidder))
        .groupByKey(Grouped.with("by-bidder", Nexmark.STRING, Serdes.Integer()))
        .windowedBy(SessionWindows.ofInactivityGapAndGrace(Duration.ofSeconds(10), Duration.ofDays(1)))
        .count(Materialized.<String, Long, SessionStore<Bytes, byte[]>>as("bids-of-session")
            .withKeySerde(Nexmark.STRING)
            .withValueSerde(Serdes.Long()))
        .toStream((key, count) -> key.key() + "@" + key.window().start() + "-" + key.window().end())
        .to(launch.get("output"), Produced.with(Nexmark.STRING, Serdes.Long()));
    launch.run(builder);
  }
}
