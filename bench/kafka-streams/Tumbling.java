import java.time.Duration;
import org.apache.kafka.streams.kstream.TimeWindows;

/** The peer of bench/sluice/pipelines/tumbling.ts. */
public final class Tumbling {
  public static void main(String[] args) throws Exception {
    Windows.run(args, TimeWindows.ofSizeAndGrace(Duration.ofMinutes(1), Duration.ofMinutes(1)));
  }
}
