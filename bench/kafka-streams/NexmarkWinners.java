import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KTable;

/** The highest bid of each auction while it was open: the peer of bench/sluice/winning-bids.ts. */
final class NexmarkWinners {
  static final class Winner {
    public long price;
    public long dateTime;
    public int category;
    public long seller;
    public boolean open;

    Winner() {}

    Winner(Nexmark.Bid bid, Nexmark.Auction auction) {
      price = bid.price;
      dateTime = bid.dateTime;
      category = auction.category;
      seller = auction.seller;
      open = bid.dateTime >= auction.dateTime && bid.dateTime <= auction.expires;
    }
  }

  static final Serde<Winner> WINNER = Json.of(Winner.class);

  private NexmarkWinners() {}

  static KTable<String, Winner> winners(StreamsBuilder builder, Launch launch) {
    KTable<String, Nexmark.Auction> auctions =
        Nexmark.table(builder, launch.input(1), Nexmark.AUCTION, "auctions");
    return Nexmark.stream(builder, launch.input(0), Nexmark.BID)
        .join(auctions, Winner::new, Joined.with(Nexmark.STRING, Nexmark.BID, Nexmark.AUCTION))
        .filter((key, winner) -> winner.open)
        .groupByKey(Grouped.with(Nexmark.STRING, WINNER))
        .reduce((best, next) -> next.price > best.price ? next : best, Nexmark.store("winning-bids", WINNER));
  }
}
