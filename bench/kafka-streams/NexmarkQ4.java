import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Grouped;

/** Nexmark q4: the peer of bench/sluice/pipelines/nexmark-q4.ts. */
public final class NexmarkQ4 {
  static final class Prices {
    public long sum;
    public long count;

    Prices() {}

    Prices(long sum, long count) {
      this.sum = sum;
      this.count = count;
    }
  }

  public static void main(String[] args) throws Exception {
    Launch launch = Launch.parse(args);
    StreamsBuilder builder = new StreamsBuilder();
    NexmarkWinners.winners(builder, launch)
        .groupBy(
            (auction, winner) -> KeyValue.pair(String.valueOf(winner.category), winner.price),
            Grouped.with("by-category", Nexmark.STRING, Serdes.Long()))
        .aggregate(
            Prices::new,
            (category, price, prices) -> new Prices(prices.sum + price, prices.count + 1),
            (category, price, prices) -> new Prices(prices.sum - price, prices.count - 1),
            Nexmark.store("prices-by-category", Json.of(Prices.class)))
        .toStream()
        .mapValues(prices -> prices.count == 0 ? 0L : prices.sum / prices.count)
        .to(launch.get("output"), Nexmark.produced(Long.class));
    launch.run(builder);
  }
}
