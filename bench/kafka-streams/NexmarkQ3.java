import java.util.Set;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.KTable;

/** Nexmark q3: the peer of bench/sluice/pipelines/nexmark-q3.ts. */
public final class NexmarkQ3 {
  static final class Out {
    public String name;
    public String city;
    public String state;
    public long id;

    Out(Nexmark.Auction auction, Nexmark.Person person) {
      name = person.name;
      city = person.city;
      state = person.state;
      id = auction.id;
    }
  }

  public static void main(String[] args) throws Exception {
    Launch launch = Launch.parse(args);
    StreamsBuilder builder = new StreamsBuilder();
    Set<String> local = Set.of("OR", "ID", "CA");
    KTable<String, Nexmark.Person> persons = Nexmark.table(builder, launch.input(1), Nexmark.PERSON, "persons")
        .filter((key, person) -> local.contains(person.state));
    Nexmark.table(builder, launch.input(0), Nexmark.AUCTION, "auctions")
        .filter((key, auction) -> auction.category == 10)
        .join(persons, auction -> String.valueOf(auction.seller), Out::new)
        .toStream()
        .to(launch.get("output"), Nexmark.produced(Out.class));
    launch.run(builder);
  }
}
