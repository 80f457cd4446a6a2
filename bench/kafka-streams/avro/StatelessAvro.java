import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.util.Utf8;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/** Filters and maps Avro: the peer of bench/sluice/pipelines/stateless-avro.ts. */
public final class StatelessAvro {
  private static final Schema JOB = SchemaBuilder.record("Job").fields()
      .requiredLong("id")
      .requiredString("importId")
      .requiredString("status")
      .requiredString("origin")
      .requiredString("destination")
      .requiredInt("delay")
      .requiredInt("distance")
      .endRecord();
  private static final Schema ROUTE = SchemaBuilder.record("Route").fields()
      .requiredLong("id")
      .requiredString("route")
      .requiredBoolean("late")
      .endRecord();
  private static final Utf8 COMPLETED = new Utf8("completed");

  /** Decoder, encoder and buffer are used again and again: a stream thread has one of each. */
  private static Serde<GenericRecord> serde(Schema schema) {
    GenericDatumReader<GenericRecord> reader = new GenericDatumReader<>(schema);
    GenericDatumWriter<GenericRecord> writer = new GenericDatumWriter<>(schema);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BinaryDecoder[] decoder = new BinaryDecoder[1];
    BinaryEncoder[] encoder = new BinaryEncoder[1];
    return Serdes.serdeFrom(
        (topic, record) -> {
          try {
            out.reset();
            encoder[0] = EncoderFactory.get().directBinaryEncoder(out, encoder[0]);
            writer.write(record, encoder[0]);
            return out.toByteArray();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        (topic, bytes) -> {
          try {
            decoder[0] = DecoderFactory.get().binaryDecoder(bytes, decoder[0]);
            return reader.read(null, decoder[0]);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private static GenericRecord route(GenericRecord job) {
    GenericRecord route = new GenericData.Record(ROUTE);
    route.put(0, job.get(0));
    route.put(1, job.get(3) + "-" + job.get(4));
    route.put(2, (int) job.get(5) > 15);
    return route;
  }

  public static void main(String[] args) throws Exception {
    Launch launch = Launch.parse(args);
    StreamsBuilder builder = new StreamsBuilder();
    builder
        .stream(launch.input(0), Consumed.with(Serdes.String(), serde(JOB)))
        .filter((key, job) -> job.get(2).equals(COMPLETED))
        .mapValues(job -> route(job))
        .to(launch.get("output"), Produced.with(Serdes.String(), serde(ROUTE)));
    launch.run(builder);
  }
}
