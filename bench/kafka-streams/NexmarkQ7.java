import java.time.Duration;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.WindowStore;

/** Nexmark q7: the peer of bench/sluice/pipelines/nexmark-q7.ts. */
public final class NexmarkQ7 {
  static final class Offer {
    public long auction;
    public long price;
    public long bidder;
    public long dateTime;
    public String extra;

    Offer() {}

    Offer(Nexmark.Bid bid) {
      auction = bid.auction;
      price = bid.price;
      bidder = bid.bidder;
      dateTime = bid.dateTime;
      extra = bid.extra;
    }

    static Offer higher(Offer best, Offer next) {
      return next.price > best.price || (next.price == best.price && next.dateTime < best.dateTime) ? next : best;
    }
  }

  public static void main(String[] args) throws Exception {
    Launch launch = Launch.parse(args);
    StreamsBuilder builder = new StreamsBuilder();
    Serde<Offer> offer = Json.of(Offer.class);
    Nexmark.stream(builder, launch.input(0), Nexmark.BID)
        .mapValues(bid -> new Offer(bid))
        .groupByKey(Grouped.with(Nexmark.STRING, offer))
        .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofSeconds(10), Duration.ofSeconds(10)))
        .reduce(
            Offer::higher,
            Materialized.<String, Offer, WindowStore<Bytes, byte[]>>as("highest-of-auction")
                .withKeySerde(Nexmark.STRING)
                .withValueSerde(offer))
        .toStream()
        .map((key, best) -> KeyValue.pair(String.valueOf(key.window().start()), best))
        .groupByKey(Grouped.with("by-window", Nexmark.STRING, offer))
        .reduce(Offer::higher, Nexmark.store("highest", offer))
        .toStream()
        .to(launch.get("output"), Produced.with(Nexmark.STRING, offer));
    launch.run(builder);
  }
}
