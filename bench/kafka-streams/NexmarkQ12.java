import java.time.Duration;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.processor.WallclockTimestampExtractor;
import org.apache.kafka.streams.state.WindowStore;

/** Nexmark q12: the peer of bench/sluice/pipelines/nexmark-q12.ts. */
public final class NexmarkQ12 {
  public static void main(String[] args) throws Exception {
    Launch launch = Launch.parse(args);
    StreamsBuilder builder = new StreamsBuilder();
    builder
        .stream(
            launch.input(0),
            Consumed.with(Nexmark.STRING, Nexmark.BID).withTimestampExtractor(new WallclockTimestampExtractor()))
        .map((auction, bid) -> KeyValue.pair(String.valueOf(bid.bidder), (int) bid.bidder))
        .groupByKey(Grouped.with("by-bidder", Nexmark.STRING, Serdes.Integer()))
        .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofSeconds(10), Duration.ofDays(1)))
        .count(Materialized.<String, Long, WindowStore<Bytes, byte[]>>as("bids-in-window")
            .withKeySerde(Nexmark.STRING)
            .withValueSerde(Serdes.Long()))
        .toStream((key, count) -> key.key() + "@" + key.window().start())
        .to(launch.get("output"), Produced.with(Nexmark.STRING, Serdes.Long()));
    launch.run(builder);
  }
}
