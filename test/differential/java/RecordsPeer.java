import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.MutableRecordBatch;
import org.apache.kafka.common.record.Record;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.PrimitiveRef;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.common.MetadataVersion;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.LogValidator;
import org.apache.kafka.storage.internals.log.RecordValidationException;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.Base64;

/**
 * Answers a line on standard input with a line on standard output:
 * <pre>
 *   validate VERSION CODEC TIMESTAMP_TYPE COMPACTED MAX_BYTES NOW BASE64   accepted BASE64 | refused CODE TEXT
 *   read BASE64                                                            records, or broken TEXT
 * </pre>
 * The checks that Kafka makes on the way to LogValidator, in its broker's Scala code, are repeated here.
 */
public class RecordsPeer {
  public static void main(String[] args) throws Exception {
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    StringBuilder output = new StringBuilder();
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      String[] words = line.split(" ", -1);
      output.append(words[0].equals("read") ? read(words[1]) : validate(words)).append('\n');
    }
    System.out.print(output);
  }

  static String validate(String[] words) {
    try {
      return "accepted " + base64(validated(words).buffer());
    } catch (RecordValidationException error) {
      return "refused " + Errors.forException(error.invalidException()).code() + " " + oneLine(error);
    } catch (Throwable error) {
      return "refused " + Errors.forException(error).code() + " " + oneLine(error);
    }
  }

  static MemoryRecords validated(String[] words) {
    MemoryRecords received = MemoryRecords.readableRecords(ByteBuffer.wrap(Base64.getDecoder().decode(words[7])));
    ProduceRequest.validateRecords(Short.parseShort(words[1]), received);
    CompressionType source = CompressionType.NONE;
    int validBytes = 0;
    for (MutableRecordBatch batch : received.batches()) {
      if (batch.magic() >= 2 && batch.baseOffset() != 0) throw new InvalidRecordException("base offset");
      if (batch.sizeInBytes() > Integer.parseInt(words[5])) throw new RecordTooLargeException("batch");
      if (!batch.isValid()) throw new CorruptRecordException("checksum");
      validBytes += batch.sizeInBytes();
      if (batch.compressionType() != CompressionType.NONE) source = batch.compressionType();
    }
    if (validBytes == 0) throw new InvalidRecordException("nothing");
    ByteBuffer trimmed = received.buffer();
    trimmed.limit(validBytes);
    CompressionType target = words[2].equals("producer") ? source : CompressionType.forName(words[2]);
    LogValidator validator = new LogValidator(MemoryRecords.readableRecords(trimmed), new TopicPartition("t", 0),
        proxy(Time.class, Long.parseLong(words[6])), source, Compression.of(target).build(),
        Boolean.parseBoolean(words[4]), (byte) 2, TimestampType.forName(words[3]), Long.MAX_VALUE, 3_600_000L, 0,
        AppendOrigin.CLIENT, MetadataVersion.latestTesting());
    LogValidator.MetricsRecorder recorder = proxy(LogValidator.MetricsRecorder.class, null);
    MemoryRecords result = validator.validateMessagesAndAssignOffsets(
        PrimitiveRef.ofLong(0), recorder, BufferSupplier.NO_CACHING).validatedRecords;
    for (MutableRecordBatch batch : result.batches())
      if (batch.sizeInBytes() > Integer.parseInt(words[5])) throw new RecordTooLargeException("batch");
    return result;
  }

  static String read(String text) {
    StringBuilder line = new StringBuilder();
    try {
      MemoryRecords records = MemoryRecords.readableRecords(ByteBuffer.wrap(Base64.getDecoder().decode(text)));
      for (MutableRecordBatch batch : records.batches()) {
        batch.ensureValid();
        for (Record record : batch) {
          line.append(record.offset()).append(' ').append(record.timestamp()).append(' ')
              .append(batch.timestampType()).append(' ').append(base64(record.key())).append(' ')
              .append(base64(record.value()));
          for (Header header : record.headers()) {
            ByteBuffer value = header.value() == null ? null : ByteBuffer.wrap(header.value());
            line.append(' ').append(base64(ByteBuffer.wrap(header.key().getBytes()))).append('=').append(base64(value));
          }
          line.append(';');
        }
      }
      return line.toString();
    } catch (Throwable error) {
      return "broken " + oneLine(error);
    }
  }

  /** An object whose every method gives `answer`. */
  static <T> T proxy(Class<T> type, Object answer) {
    return type.cast(Proxy.newProxyInstance(
        RecordsPeer.class.getClassLoader(), new Class<?>[] {type}, (object, method, arguments) -> answer));
  }

  static String base64(ByteBuffer buffer) {
    if (buffer == null) return "null";
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }

  static String oneLine(Throwable error) {
    return (error.getClass().getSimpleName() + " " + error.getMessage()).replaceAll("\\s+", " ");
  }
}
