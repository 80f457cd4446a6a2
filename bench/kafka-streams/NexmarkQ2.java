import org.apache.kafka.streams.StreamsBuilder;

/** Nexmark q2: the peer of bench/sluice/pipelines/nexmark-q2.ts. */
public final class NexmarkQ2 {
  static final class Out {
    public long auction;
    public long price;

    Out(Nexmark.Bid bid) {
      auction = bid.auction;
      price = bid.price;
    }
  }

  public static void main(String[] args) throws Exception {
    Launch launch = Launch.parse(args);
    StreamsBuilder builder = new StreamsBuilder();
    Nexmark.stream(builder, launch.input(0), Nexmark.BID)
        .filter((key, bid) -> bid.auction % 123 == 0)
        .mapValues(bid -> new Out(bid))
        .to(launch.get("output"), Nexmark.produced(Out.class));
    launch.run(builder);
  }
}
