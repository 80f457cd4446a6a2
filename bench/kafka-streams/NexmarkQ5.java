import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.WindowStore;

/** Nexmark q5: the peer of bench/sluice/pipelines/nexmark-q5.ts. */
public final class NexmarkQ5 {
  static final class Count {
    public long auction;
    public long num;

    Count() {}

    Count(String auction, long num) {
      this.auction = Long.parseLong(auction);
      this.num = num;
    }
  }

  static final class Hot {
    public long num;
    public List<Long> auctions = List.of();

    Hot() {}

    Hot(long num, List<Long> auctions) {
      this.num = num;
      this.auctions = auctions;
    }

    Hot with(Count count) {
      if (count.num > num) return new Hot(count.num, List.of(count.auction));
      if (count.num < num || auctions.contains(count.auction)) return this;
      List<Long> more = new ArrayList<>(auctions);
      more.add(count.auction);
      Collections.sort(more);
      return new Hot(num, more);
    }
  }

  public static void main(String[] args) throws Exception {
    Launch launch = Launch.parse(args);
    StreamsBuilder builder = new StreamsBuilder();
    Nexmark.stream(builder, launch.input(0), Nexmark.BID)
        .groupByKey(Grouped.with(Nexmark.STRING, Nexmark.BID))
        .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofSeconds(10), Duration.ofSeconds(10))
            .advanceBy(Duration.ofSeconds(2)))
        .count(Materialized.<String, Long, WindowStore<Bytes, byte[]>>as("bids-in-window")
            .withKeySerde(Nexmark.STRING)
            .withValueSerde(Serdes.Long()))
        .toStream()
        .map((key, num) -> KeyValue.pair(String.valueOf(key.window().start()), new Count(key.key(), num)))
        .groupByKey(Grouped.with("by-window", Nexmark.STRING, Json.of(Count.class)))
        .aggregate(
            Hot::new, (window, count, hot) -> hot.with(count), Nexmark.store("hot-items", Json.of(Hot.class)))
        .toStream()
        .to(launch.get("output"), Nexmark.produced(Hot.class));
    launch.run(builder);
  }
}
