import java.time.Duration;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.StreamJoined;

/** Joins two streams: the peer of bench/sluice/pipelines/stream-stream.ts. */
public final class StreamStream {
  public static final class Impression {
    public int ad;
  }

  public static final class Click {
    public int position;
  }

  public static final class Clicked {
    public int ad;
    public int position;

    Clicked(Impression impression, Click click) {
      ad = impression.ad;
      position = click.position;
    }
  }

  public static void main(String[] args) throws Exception {
    Launch launch = Launch.parse(args);
    Serde<Impression> impression = Json.of(Impression.class);
    Serde<Click> click = Json.of(Click.class);
    StreamsBuilder builder = new StreamsBuilder();
    builder
        .stream(launch.input(0), Consumed.with(Serdes.String(), impression))
        .join(
            builder.stream(launch.input(1), Consumed.with(Serdes.String(), click)),
            Clicked::new,
            JoinWindows.ofTimeDifferenceAndGrace(Duration.ofSeconds(10), Duration.ofMinutes(1)),
            StreamJoined.with(Serdes.String(), impression, click).withName("clicked").withStoreName("clicked"))
        .to(launch.get("output"), Produced.with(Serdes.String(), Json.of(Clicked.class)));
    launch.run(builder);
  }
}
