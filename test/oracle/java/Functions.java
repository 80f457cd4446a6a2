import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.streams.kstream.Aggregator;
import org.apache.kafka.streams.kstream.KeyValueMapper;
import org.apache.kafka.streams.kstream.Predicate;
import org.apache.kafka.streams.kstream.Reducer;
import org.apache.kafka.streams.kstream.ValueJoinerWithKey;
import org.apache.kafka.streams.kstream.ValueMapperWithKey;
import org.apache.kafka.streams.processor.TimestampExtractor;

/**
 * Callbacks by name: {@code ["mod", 3, 1]}. They are total, take null, and are small enough to be written the same way in
 * another language.
 */
final class Functions {
  private Functions() {}

  static Predicate<String, Object> predicate(JsonNode f) {
    long a = f.path(1).asLong();
    long b = f.path(2).asLong();
    return switch (f.get(0).asText()) {
      case "mod" -> (key, value) -> Math.floorMod(Values.num(value), a) == b;
      case "keyMod" -> (key, value) -> Math.floorMod(Values.num(key), a) == b;
      case "isNull" -> (key, value) -> value == null;
      case "true" -> (key, value) -> true;
      case "false" -> (key, value) -> false;
      default -> throw unknown(f);
    };
  }

  static ValueMapperWithKey<String, Object, Object> mapper(JsonNode f) {
    JsonNode a = f.path(1);
    switch (f.get(0).asText()) {
      case "id":
        return (key, value) -> value;
      case "append":
        return (key, value) -> Values.tail(Values.str(value) + a.asText());
      case "add":
        return (key, value) -> Values.bounded(Values.num(value) + a.asLong());
      case "length":
        return (key, value) -> (long) Values.str(value).length();
      case "const":
        return (key, value) -> constant(a);
      case "withKey":
        return (key, value) -> Values.tail(Values.str(key) + ":" + Values.str(value));
      case "nullIf":
        Predicate<String, Object> p = predicate(a);
        return (key, value) -> p.test(key, value) ? null : value;
      default:
        throw unknown(f);
    }
  }

  static ValueMapperWithKey<String, Object, Iterable<Object>> flatMapper(JsonNode f) {
    long most = f.path(1).asLong();
    if (!f.get(0).asText().equals("repeat")) throw unknown(f);
    return (key, value) -> {
      List<Object> copies = new ArrayList<>();
      for (long i = 0; i < Math.floorMod(Values.num(value), most); i++) copies.add(Values.tail(Values.str(value) + "#" + i));
      return copies;
    };
  }

  static KeyValueMapper<String, Object, String> selector(JsonNode f) {
    JsonNode a = f.path(1);
    switch (f.get(0).asText()) {
      case "key":
        return (key, value) -> key;
      case "value":
        return (key, value) -> Values.str(value);
      case "bucket":
        return (key, value) -> "b" + Math.floorMod(Values.num(value), a.asLong());
      case "keyOf":
        return (key, value) -> "k" + Math.floorMod(Values.num(value), a.asLong());
      case "keyBucket":
        return (key, value) -> "k" + Math.floorMod(Values.num(key), a.asLong());
      case "nullIf":
        Predicate<String, Object> p = predicate(a);
        KeyValueMapper<String, Object, String> otherwise = selector(f.get(2));
        return (key, value) -> p.test(key, value) ? null : otherwise.apply(key, value);
      default:
        throw unknown(f);
    }
  }

  /** The time of a record, from its value. */
  static TimestampExtractor time(JsonNode f) {
    long a = f.path(1).asLong();
    if (!f.get(0).asText().equals("mod")) throw unknown(f);
    return (record, partitionTime) -> Math.floorMod(Values.num(record.value()), a);
  }

  static Reducer<Object> reducer(JsonNode f) {
    JsonNode a = f.path(1);
    switch (f.get(0).asText()) {
      case "sum":
        return (x, y) -> Values.bounded(Values.num(x) + Values.num(y));
      case "minus":
        return (x, y) -> Values.bounded(Values.num(x) - Values.num(y));
      case "concat":
        return (x, y) -> Values.tail(Values.str(x) + "+" + Values.str(y));
      case "strike":
        return (x, y) -> Values.tail(Values.str(x) + "-" + Values.str(y));
      case "min":
        return (x, y) -> Values.num(y) < Values.num(x) ? y : x;
      case "max":
        return (x, y) -> Values.num(y) > Values.num(x) ? y : x;
      case "last":
        return (x, y) -> y;
      case "nullIf":
        Predicate<String, Object> p = predicate(a);
        Reducer<Object> otherwise = reducer(f.get(2));
        return (x, y) -> {
          Object result = otherwise.apply(x, y);
          return p.test(null, result) ? null : result;
        };
      default:
        throw unknown(f);
    }
  }

  static Aggregator<String, Object, Object> aggregator(JsonNode f) {
    Reducer<Object> reducer = reducer(f);
    return (key, value, sum) -> reducer.apply(sum, value);
  }

  static ValueJoinerWithKey<String, Object, Object, Object> joiner(JsonNode f) {
    JsonNode a = f.path(1);
    switch (f.get(0).asText()) {
      case "pair":
        return (key, x, y) -> Values.tail(Values.str(x) + "&" + Values.str(y));
      case "keyPair":
        return (key, x, y) -> Values.tail(Values.str(key) + "=" + Values.str(x) + "&" + Values.str(y));
      case "left":
        return (key, x, y) -> x;
      case "right":
        return (key, x, y) -> y;
      case "sum":
        return (key, x, y) -> Values.bounded(Values.num(x) + Values.num(y));
      case "nullIf":
        Predicate<String, Object> p = predicate(a);
        ValueJoinerWithKey<String, Object, Object, Object> otherwise = joiner(f.get(2));
        return (key, x, y) -> {
          Object result = otherwise.apply(key, x, y);
          return p.test(key, result) ? null : result;
        };
      default:
        throw unknown(f);
    }
  }

  static Object constant(JsonNode value) {
    if (value.isNull() || value.isMissingNode()) return null;
    return value.isNumber() ? (Object) value.asLong() : value.asText();
  }

  private static IllegalArgumentException unknown(JsonNode f) {
    return new IllegalArgumentException("no function " + f);
  }
}
