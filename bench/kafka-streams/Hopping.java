import java.time.Duration;
import org.apache.kafka.streams.kstream.TimeWindows;

/** The peer of bench/sluice/pipelines/hopping.ts. */
public final class Hopping {
  public static void main(String[] args) throws Exception {
    Windows.run(
        args,
        TimeWindows.ofSizeAndGrace(Duration.ofMinutes(1), Duration.ofMinutes(1)).advanceBy(Duration.ofSeconds(20)));
  }
}
