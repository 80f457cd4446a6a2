import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Produced;

/** Nexmark q18: the peer of bench/sluice/pipelines/nexmark-q18.ts. */
public final class NexmarkQ18 {
  public static void main(String[] args) throws Exception {
    Launch launch = Launch.parse(args);
    StreamsBuilder builder = new StreamsBuilder();
    Nexmark.stream(builder, launch.input(0), Nexmark.BID)
        .groupBy(
            (key, bid) -> bid.bidder + "-" + bid.auction,
            Grouped.with("by-bidder-and-auction", Nexmark.STRING, Nexmark.BID))
        .reduce(
            (last, next) -> next.dateTime >= last.dateTime ? next : last, Nexmark.store("last-bids", Nexmark.BID))
        .toStream()
        .to(launch.get("output"), Produced.with(Nexmark.STRING, Nexmark.BID));
    launch.run(builder);
  }
}
