import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KTable;

/** Nexmark q20: the peer of bench/sluice/pipelines/nexmark-q20.ts. */
public final class NexmarkQ20 {
  static final class Expanded {
    public long auction;
    public long bidder;
    public long price;
    public String channel;
    public String url;
    public long bidDateTime;
    public String bidExtra;
    public String itemName;
    public String description;
    public long initialBid;
    public long reserve;
    public long auctionDateTime;
    public long expires;
    public long seller;
    public int category;
    public String auctionExtra;

    Expanded(Nexmark.Bid bid, Nexmark.Auction item) {
      auction = bid.auction;
      bidder = bid.bidder;
      price = bid.price;
      channel = bid.channel;
      url = bid.url;
      bidDateTime = bid.dateTime;
      bidExtra = bid.extra;
      itemName = item.itemName;
      description = item.description;
      initialBid = item.initialBid;
      reserve = item.reserve;
      auctionDateTime = item.dateTime;
      expires = item.expires;
      seller = item.seller;
      category = item.category;
      auctionExtra = item.extra;
    }
  }

  public static void main(String[] args) throws Exception {
    Launch launch = Launch.parse(args);
    StreamsBuilder builder = new StreamsBuilder();
    KTable<String, Nexmark.Auction> auctions =
        Nexmark.table(builder, launch.input(1), Nexmark.AUCTION, "auctions")
            .filter((key, auction) -> auction.category == 10);
    Nexmark.stream(builder, launch.input(0), Nexmark.BID)
        .join(auctions, Expanded::new, Joined.with(Nexmark.STRING, Nexmark.BID, Nexmark.AUCTION))
        .to(launch.get("output"), Nexmark.produced(Expanded.class));
    launch.run(builder);
  }
}
