import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.KeyValueStore;

/** What the Nexmark queries read, as far as they look at it; the rules are in bench/workloads/nexmark/events.ts. */
final class Nexmark {
  static final class Person {
    public long id;
    public String name;
    public String city;
    public String state;
    public long dateTime;
  }

  static final class Auction {
    public long id;
    public String itemName;
    public String description;
    public long initialBid;
    public long reserve;
    public long dateTime;
    public long expires;
    public long seller;
    public int category;
    public String extra;
  }

  static final class Bid {
    public long auction;
    public long bidder;
    public long price;
    public String channel;
    public String url;
    public long dateTime;
    public String extra;
  }

  static final Serde<String> STRING = Serdes.String();
  static final Serde<Person> PERSON = Json.of(Person.class);
  static final Serde<Auction> AUCTION = Json.of(Auction.class);
  static final Serde<Bid> BID = Json.of(Bid.class);

  private Nexmark() {}

  static <T> KStream<String, T> stream(StreamsBuilder builder, String topic, Serde<T> serde) {
    return builder.stream(topic, Consumed.with(STRING, serde));
  }

  static <T> KTable<String, T> table(StreamsBuilder builder, String topic, Serde<T> serde, String name) {
    return builder.table(topic, Consumed.with(STRING, serde), store(name, serde));
  }

  static <T> Materialized<String, T, KeyValueStore<Bytes, byte[]>> store(String name, Serde<T> serde) {
    return Materialized.<String, T, KeyValueStore<Bytes, byte[]>>as(name).withKeySerde(STRING).withValueSerde(serde);
  }

  static <T> Produced<String, T> produced(Class<T> type) {
    return Produced.with(STRING, Json.of(type));
  }
}
