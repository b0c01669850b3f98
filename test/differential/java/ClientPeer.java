import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.HexFormat;
import java.util.UUID;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.serialization.Serializer;

/** Answers each line of its input: what Java's producer makes of a key or a value. */
public class ClientPeer {
  private static final HexFormat HEX = HexFormat.of();

  public static void main(String[] args) throws Exception {
    var input = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      String[] words = line.split(" ", 3);
      System.out.println(
          words[0].equals("partition")
              ? String.valueOf(
                  BuiltInPartitioner.partitionForKey(
                      HEX.parseHex(words[1]), Integer.parseInt(words[2])))
              : HEX.formatHex(serialize(words[1], words[2])));
    }
  }

  @SuppressWarnings("unchecked")
  private static byte[] serialize(String type, String text) throws Exception {
    String name = "org.apache.kafka.common.serialization." + type + "Serializer";
    var serializer =
        (Serializer<Object>) Class.forName(name).getDeclaredConstructor().newInstance();
    return serializer.serialize("topic", valueOf(type, text));
  }

  private static Object valueOf(String type, String text) {
    return switch (type) {
      case "Short" -> Short.valueOf(text);
      case "Integer" -> Integer.valueOf(text);
      case "Long" -> Long.valueOf(text);
      case "Float" -> Float.valueOf(text);
      case "Double" -> Double.valueOf(text);
      case "Boolean" -> Boolean.valueOf(text);
      case "UUID" -> UUID.fromString(text);
      default -> text;
    };
  }
}
