import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.KeyValueStore;

/** Joins a stream with a table: the peer of bench/sluice/pipelines/stream-table.ts. */
public final class StreamTable {
  public static final class Order {
    public long id;
    public int amount;
  }

  public static final class Customer {
    public String tier;
  }

  public static final class Known {
    public long id;
    public int amount;
    public String tier;

    Known(Order order, Customer customer) {
      id = order.id;
      amount = order.amount;
      tier = customer.tier;
    }
  }

  public static void main(String[] args) throws Exception {
    Launch launch = Launch.parse(args);
    Serde<Order> order = Json.of(Order.class);
    Serde<Customer> customer = Json.of(Customer.class);
    StreamsBuilder builder = new StreamsBuilder();
    KTable<String, Customer> customers = builder.table(
        launch.input(1),
        Consumed.with(Serdes.String(), customer),
        Materialized.<String, Customer, KeyValueStore<Bytes, byte[]>>as("customers")
            .withKeySerde(Serdes.String())
            .withValueSerde(customer));
    builder
        .stream(launch.input(0), Consumed.with(Serdes.String(), order))
        .join(customers, Known::new, Joined.with(Serdes.String(), order, customer))
        .to(launch.get("output"), Produced.with(Serdes.String(), Json.of(Known.class)));
    launch.run(builder);
  }
}
