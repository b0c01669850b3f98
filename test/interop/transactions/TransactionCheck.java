// The Java client of any release from 0.11 on: compiled once against the newest, run against each.

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

public final class TransactionCheck {
  static final String STRING = "org.apache.kafka.common.serialization.String";

  static String bootstrap;
  static String topic;
  static String transactionalId;

  public static void main(String[] args) throws Exception {
    bootstrap = args[0];
    topic = args[1];
    String group = args[2];
    transactionalId = args[3];
    TopicPartition partition = new TopicPartition(topic, 0);

    KafkaProducer<String, String> zombie = begin();
    zombie.beginTransaction();
    send(zombie, "committed-0", "committed-1", "committed-2");
    zombie.commitTransaction();
    zombie.beginTransaction();
    send(zombie, "aborted-0", "aborted-1", "aborted-2");
    zombie.flush();
    zombie.abortTransaction();
    zombie.beginTransaction();
    send(zombie, "consumed-0");
    Map<String, String> groups = sendOffsets(zombie, partition, group);
    zombie.commitTransaction();

    zombie.beginTransaction();
    send(zombie, "zombie-0");
    zombie.flush();
    KafkaProducer<String, String> heir = begin();
    heir.beginTransaction();
    send(heir, "heir-0");
    heir.commitTransaction();
    heir.close();
    boolean fenced = false;
    try {
      send(zombie, "zombie-1");
      zombie.commitTransaction();
    } catch (KafkaException e) {
      fenced = true;
    }

    List<String> read = new ArrayList<>();
    List<String> offsets = new ArrayList<>();
    for (Map.Entry<String, String> way : groups.entrySet()) {
      try (KafkaConsumer<String, String> consumer = consumer(way.getValue())) {
        OffsetAndMetadata committed = committed(consumer, partition);
        long offset = committed == null ? -1 : committed.offset();
        offsets.add("\"" + way.getKey() + "\":" + offset);
      }
    }
    try (KafkaConsumer<String, String> consumer = consumer(group)) {
      consumer.assign(Collections.singletonList(partition));
      consumer.seekToBeginning(Collections.singletonList(partition));
      long deadline = System.currentTimeMillis() + 30_000;
      while (!read.contains("heir-0") && System.currentTimeMillis() < deadline) {
        for (ConsumerRecord<String, String> record : poll(consumer)) read.add(record.value());
      }
    }
    System.out.println(
        "{\"read\":[\"" + String.join("\",\"", read) + "\"],\"offset\":{" + String.join(",", offsets)
            + "},\"fenced\":" + fenced + "}");
    System.exit(0);
  }

  static KafkaProducer<String, String> begin() {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrap);
    properties.put("transactional.id", transactionalId);
    properties.put("key.serializer", STRING + "Serializer");
    properties.put("value.serializer", STRING + "Serializer");
    KafkaProducer<String, String> producer = new KafkaProducer<String, String>(properties);
    producer.initTransactions();
    return producer;
  }

  static void send(KafkaProducer<String, String> producer, String... values) {
    for (String value : values) {
      producer.send(new ProducerRecord<String, String>(topic, 0, null, value));
    }
  }

  static KafkaConsumer<String, String> consumer(String group) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrap);
    properties.put("group.id", group);
    properties.put("isolation.level", "read_committed");
    properties.put("enable.auto.commit", "false");
    properties.put("key.deserializer", STRING + "Deserializer");
    properties.put("value.deserializer", STRING + "Deserializer");
    return new KafkaConsumer<String, String>(properties);
  }

  /**
   * Commits 3 in every way that the release has, each for a group of its own: by the name of the
   * group until 3.9, and by what its consumer knows of it since 2.5 (KIP-447). The groups by way.
   */
  static Map<String, String> sendOffsets(
      KafkaProducer<String, String> producer, TopicPartition partition, String group)
      throws Exception {
    Map<String, String> groups = new TreeMap<>();
    for (Method method : KafkaProducer.class.getMethods()) {
      if (!method.getName().equals("sendOffsetsToTransaction")) continue;
      Class<?> type = method.getParameterTypes()[1];
      String own = group + "-by-" + type.getSimpleName();
      groups.put(type.getSimpleName(), own);
      Object about = type == String.class ? own : type.getConstructor(String.class).newInstance(own);
      invoke(method, producer, Collections.singletonMap(partition, new OffsetAndMetadata(3)), about);
    }
    return groups;
  }

  /** Of one partition until 2.3; of several since. */
  @SuppressWarnings("unchecked")
  static OffsetAndMetadata committed(
      KafkaConsumer<String, String> consumer, TopicPartition partition) throws Exception {
    for (Method method : KafkaConsumer.class.getMethods()) {
      if (!method.getName().equals("committed") || method.getParameterTypes().length != 1) continue;
      if (method.getParameterTypes()[0] == TopicPartition.class) {
        return (OffsetAndMetadata) invoke(method, consumer, partition);
      }
      Object all = invoke(method, consumer, Collections.singleton(partition));
      return ((Map<TopicPartition, OffsetAndMetadata>) all).get(partition);
    }
    throw new NoSuchMethodException("committed");
  }

  @SuppressWarnings("unchecked")
  static ConsumerRecords<String, String> poll(KafkaConsumer<String, String> consumer)
      throws Exception {
    for (Method method : KafkaConsumer.class.getMethods()) {
      if (!method.getName().equals("poll")) continue;
      Class<?> type = method.getParameterTypes()[0];
      Object wait =
          type == long.class ? (Object) 200L : type.getMethod("ofMillis", long.class).invoke(null, 200L);
      return (ConsumerRecords<String, String>) invoke(method, consumer, wait);
    }
    throw new NoSuchMethodException("poll");
  }

  static Object invoke(Method method, Object target, Object... arguments) throws Exception {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof Exception ? (Exception) e.getCause() : e;
    }
  }
}
