import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;

/** The values of the oracle's records: a String, a Long or null, and what is a number or a text in each of them. */
public final class Values {
  /** One byte says what follows: S for UTF-8, L for an int64. */
  public static final class ValueSerde extends Serdes.WrapperSerde<Object> {
    public ValueSerde() {
      super(Values::write, Values::read);
    }
  }

  static final Serde<Object> SERDE = new ValueSerde();
  static final Serializer<Object> SERIALIZER = SERDE.serializer();
  static final Deserializer<Object> DESERIALIZER = SERDE.deserializer();
  private static final int LONGEST = 60;

  private Values() {}

  private static byte[] write(String topic, Object value) {
    if (value == null) return null;
    if (value instanceof Long number) return ByteBuffer.allocate(9).put((byte) 'L').putLong(number).array();
    byte[] text = ((String) value).getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(1 + text.length).put((byte) 'S').put(text).array();
  }

  private static Object read(String topic, byte[] bytes) {
    if (bytes == null) return null;
    if (bytes[0] == 'L') return ByteBuffer.wrap(bytes).getLong(1);
    return new String(bytes, 1, bytes.length - 1, StandardCharsets.UTF_8);
  }

  /** A number is itself, a text the sum of its UTF-16 units, null is 0. */
  static long num(Object value) {
    if (value == null) return 0;
    if (value instanceof Long number) return number;
    return ((String) value).chars().asLongStream().sum();
  }

  static String str(Object value) {
    return value == null ? "null" : value.toString();
  }

  /** The last 60 characters: texts that are put together again and again stay small. */
  static String tail(String text) {
    return text.length() <= LONGEST ? text : text.substring(text.length() - LONGEST);
  }

  /** Numbers grow no further than what a JavaScript number holds exactly. */
  static long bounded(long number) {
    return number % 1_000_000_007L;
  }
}
