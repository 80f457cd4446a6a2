import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/** Filters and maps: the peer of bench/sluice/pipelines/stateless.ts. */
public final class Stateless {
  public static final class Job {
    public long id;
    public String status;
    public String origin;
    public String destination;
    public int delay;
  }

  public static final class Route {
    public long id;
    public String route;
    public boolean late;

    Route(Job job) {
      id = job.id;
      route = job.origin + "-" + job.destination;
      late = job.delay > 15;
    }
  }

  public static void main(String[] args) throws Exception {
    Launch launch = Launch.parse(args);
    StreamsBuilder builder = new StreamsBuilder();
    builder
        .stream(launch.input(0), Consumed.with(Serdes.String(), Json.of(Job.class)))
        .filter((key, job) -> job.status.equals("completed"))
        .mapValues(job -> new Route(job))
        .to(launch.get("output"), Produced.with(Serdes.String(), Json.of(Route.class)));
    launch.run(builder);
  }
}
