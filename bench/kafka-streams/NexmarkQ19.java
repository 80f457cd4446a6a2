import java.util.ArrayList;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Grouped;

/** Nexmark q19: the peer of bench/sluice/pipelines/nexmark-q19.ts. */
public final class NexmarkQ19 {
  private static final int TOP = 10;

  /** In the order of prices, of equal ones the earlier first. */
  static final class Bids extends ArrayList<Nexmark.Bid> {
    Bids with(Nexmark.Bid bid) {
      if (size() == TOP && get(TOP - 1).price >= bid.price) return this;
      int at = 0;
      while (at < size() && get(at).price >= bid.price) at++;
      add(at, bid);
      if (size() > TOP) remove(TOP);
      return this;
    }
  }

  public static void main(String[] args) throws Exception {
    Launch launch = Launch.parse(args);
    StreamsBuilder builder = new StreamsBuilder();
    Nexmark.stream(builder, launch.input(0), Nexmark.BID)
        .groupByKey(Grouped.with(Nexmark.STRING, Nexmark.BID))
        .aggregate(Bids::new, (key, bid, bids) -> bids.with(bid), Nexmark.store("top-bids", Json.of(Bids.class)))
        .toStream()
        .to(launch.get("output"), Nexmark.produced(Bids.class));
    launch.run(builder);
  }
}
