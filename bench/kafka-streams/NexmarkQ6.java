import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Grouped;

/** Nexmark q6: the peer of bench/sluice/pipelines/nexmark-q6.ts. */
public final class NexmarkQ6 {
  private static final int KEPT = 10;

  static final class Sold {
    public String auction;
    public long price;
    public long dateTime;

    Sold() {}

    Sold(String auction, NexmarkWinners.Winner winner) {
      this.auction = auction;
      price = winner.price;
      dateTime = winner.dateTime;
    }
  }

  static final class Latest {
    public List<Sold> sold = List.of();

    Latest with(Sold next) {
      List<Sold> all = new ArrayList<>();
      for (Sold one : sold) if (!one.auction.equals(next.auction)) all.add(one);
      all.add(next);
      all.sort(Comparator.comparingLong(one -> one.dateTime));
      Latest latest = new Latest();
      latest.sold = all.subList(Math.max(0, all.size() - KEPT), all.size());
      return latest;
    }

    long average() {
      long sum = 0;
      for (Sold one : sold) sum += one.price;
      return sum / sold.size();
    }
  }

  public static void main(String[] args) throws Exception {
    Launch launch = Launch.parse(args);
    StreamsBuilder builder = new StreamsBuilder();
    Serde<Sold> sold = Json.of(Sold.class);
    NexmarkWinners.winners(builder, launch)
        .toStream()
        .map((auction, winner) -> KeyValue.pair(String.valueOf(winner.seller), new Sold(auction, winner)))
        .groupByKey(Grouped.with("by-seller", Nexmark.STRING, sold))
        .aggregate(
            Latest::new,
            (seller, next, latest) -> latest.with(next),
            Nexmark.store("sold-by-seller", Json.of(Latest.class)))
        .toStream()
        .mapValues(latest -> latest.average())
        .to(launch.get("output"), Nexmark.produced(Long.class));
    launch.run(builder);
  }
}
