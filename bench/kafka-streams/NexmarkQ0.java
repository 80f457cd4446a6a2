import org.apache.kafka.streams.StreamsBuilder;

/** Nexmark q0: the peer of bench/sluice/pipelines/nexmark-q0.ts. */
public final class NexmarkQ0 {
  static final class Out {
    public long auction;
    public long bidder;
    public long price;
    public long dateTime;
    public String extra;

    Out(Nexmark.Bid bid, long price) {
      auction = bid.auction;
      bidder = bid.bidder;
      this.price = price;
      dateTime = bid.dateTime;
      extra = bid.extra;
    }
  }

  public static void main(String[] args) throws Exception {
    Launch launch = Launch.parse(args);
    StreamsBuilder builder = new StreamsBuilder();
    Nexmark.stream(builder, launch.input(0), Nexmark.BID)
        .mapValues(bid -> new Out(bid, bid.price))
        .to(launch.get("output"), Nexmark.produced(Out.class));
    launch.run(builder);
  }
}
