import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.StickyAssignor;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serializer;

/** Answers each line of its input: what Java's producer and consumer make of it. */
public class ClientPeer {
  private static final HexFormat HEX = HexFormat.of();

  public static void main(String[] args) throws Exception {
    var input = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      System.out.println(answer(line.split(" ", 3)));
    }
  }

  private static String answer(String[] words) throws Exception {
    return switch (words[0]) {
      case "partition" ->
          String.valueOf(
              BuiltInPartitioner.partitionForKey(
                  HEX.parseHex(words[1]), Integer.parseInt(words[2])));
      case "sticky", "cooperative" ->
          HEX.formatHex(
              userData(words[0], Integer.parseInt(words[1]), partitionsIn(words[2])));
      case "subscription" ->
          HEX.formatHex(subscription(Integer.parseInt(words[1]), partitionsIn(words[2])));
      case "claims" -> new Reading().claims(HEX.parseHex(words[1]));
      default -> HEX.formatHex(serialize(words[1], words[2]));
    };
  }

  /** As in {@code topic:1,2;other:0}. */
  private static List<TopicPartition> partitionsIn(String text) {
    var partitions = new ArrayList<TopicPartition>();
    for (String topic : text.split(";")) {
      String[] parts = topic.split(":");
      for (String number : parts[1].split(",")) {
        partitions.add(new TopicPartition(parts[0], Integer.parseInt(number)));
      }
    }
    return partitions;
  }

  /** What a member tells that was given these partitions in that generation. */
  private static byte[] userData(String assignor, int generation, List<TopicPartition> had) {
    var member = assignor.equals("sticky") ? new StickyAssignor() : new CooperativeStickyAssignor();
    member.onAssignment(
        new Assignment(had), new ConsumerGroupMetadata("group", generation, "m", Optional.empty()));
    return bytesOf(member.subscriptionUserData(Set.of("topic")));
  }

  private static byte[] subscription(int generation, List<TopicPartition> owned) {
    var topics = owned.stream().map(TopicPartition::topic).distinct().toList();
    var userData = ByteBuffer.wrap(new byte[] {1, 2});
    return bytesOf(
        ConsumerProtocol.serializeSubscription(
            new Subscription(topics, userData, owned, generation, Optional.of("rack"))));
  }

  /** What Java's sticky assignor understands of a member's user data. */
  private static final class Reading extends StickyAssignor {
    String claims(byte[] userData) {
      var member = memberData(new Subscription(List.of("topic"), ByteBuffer.wrap(userData)));
      var names = member.partitions.stream().map(TopicPartition::toString).sorted().toList();
      return member.generation.orElse(-1) + " " + String.join(",", names);
    }
  }

  private static byte[] bytesOf(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
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
