import org.apache.kafka.streams.StreamsBuilder;

/** Nexmark q1: the peer of bench/sluice/pipelines/nexmark-q1.ts. */
public final class NexmarkQ1 {
  public static void main(String[] args) throws Exception {
    Launch launch = Launch.parse(args);
    StreamsBuilder builder = new StreamsBuilder();
    Nexmark.stream(builder, launch.input(0), Nexmark.BID)
        .mapValues(bid -> new NexmarkQ0.Out(bid, bid.price * 908))
        .to(launch.get("output"), Nexmark.produced(NexmarkQ0.Out.class));
    launch.run(builder);
  }
}
