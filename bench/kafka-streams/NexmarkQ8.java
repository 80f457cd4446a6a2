import java.time.Duration;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.kstream.StreamJoined;

/** Nexmark q8: the peer of bench/sluice/pipelines/nexmark-q8.ts. */
public final class NexmarkQ8 {
  private static final long SIZE = 10_000;

  static final class Seller {
    public long seller;
    public long starttime;

    Seller() {}

    Seller(Nexmark.Auction auction) {
      seller = auction.seller;
      starttime = auction.dateTime - auction.dateTime % SIZE;
    }
  }

  static final class NewUser {
    public long id;
    public String name;
    public long starttime;

    NewUser() {}

    NewUser(Nexmark.Person person) {
      id = person.id;
      name = person.name;
      starttime = person.dateTime - person.dateTime % SIZE;
    }
  }

  public static void main(String[] args) throws Exception {
    Launch launch = Launch.parse(args);
    StreamsBuilder builder = new StreamsBuilder();
    Serde<Seller> seller = Json.of(Seller.class);
    Serde<NewUser> newUser = Json.of(NewUser.class);
    KStream<String, Seller> sellers = Nexmark.stream(builder, launch.input(1), Nexmark.AUCTION)
        .map((id, auction) -> KeyValue.pair(String.valueOf(auction.seller), new Seller(auction)))
        .repartition(Repartitioned.with(Nexmark.STRING, seller).withName("by-seller"));
    Nexmark.stream(builder, launch.input(0), Nexmark.PERSON)
        .mapValues(person -> new NewUser(person))
        .join(
            sellers,
            (user, sold) -> user.starttime == sold.starttime ? user : null,
            JoinWindows.ofTimeDifferenceAndGrace(Duration.ofMillis(SIZE), Duration.ofDays(1)),
            StreamJoined.with(Nexmark.STRING, newUser, seller).withName("new-sellers").withStoreName("new-sellers"))
        .filter((id, user) -> user != null)
        .selectKey((id, user) -> user.id + "@" + user.starttime)
        .to(launch.get("output"), Nexmark.produced(NewUser.class));
    launch.run(builder);
  }
}
