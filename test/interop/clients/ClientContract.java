// The Java client of any release from 0.9 on: compiled once against the newest, run against each.
// Methods whose signature changed between releases are looked up by name.

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

public final class ClientContract {
  static final int PER_CODEC = 6;
  static final int COMMITTED = 5;
  static final String PADDING = new String(new char[200]).replace('\0', 'x');

  public static void main(String[] args) throws Exception {
    String bootstrap = args[0];
    String topic = args[1];
    String group = args[2];
    String[] codecs = args[3].split(",");
    int total = codecs.length * PER_CODEC;

    for (String codec : codecs) produce(bootstrap, topic, codec);

    List<String> beginning;
    try (KafkaConsumer<String, String> consumer = consumer(bootstrap, null)) {
      List<TopicPartition> partitions = Collections.singletonList(new TopicPartition(topic, 0));
      call(consumer, "assign", partitions);
      beginning = read(consumer, total);
    }
    List<String> first;
    try (KafkaConsumer<String, String> consumer = consumer(bootstrap, group)) {
      call(consumer, "subscribe", Collections.singletonList(topic));
      first = read(consumer, COMMITTED);
      consumer.commitSync(
          Collections.singletonMap(new TopicPartition(topic, 0), new OffsetAndMetadata(COMMITTED)));
    }
    List<String> resumed;
    try (KafkaConsumer<String, String> consumer = consumer(bootstrap, group)) {
      call(consumer, "subscribe", Collections.singletonList(topic));
      resumed = read(consumer, total - COMMITTED);
    }
    System.out.println(
        "{\"beginning\":" + json(beginning) + ",\"first\":" + json(first) + ",\"resumed\":"
            + json(resumed) + "}");
  }

  static void produce(String bootstrap, String topic, String codec) throws Exception {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrap);
    properties.put("compression.type", codec);
    properties.put("acks", "all");
    properties.put("linger.ms", "50");
    properties.put("key.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    properties.put("value.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    KafkaProducer<String, String> producer = new KafkaProducer<String, String>(properties);
    List<java.util.concurrent.Future<?>> sent = new ArrayList<>();
    for (int i = 0; i < PER_CODEC; i++) {
      ProducerRecord<String, String> record =
          new ProducerRecord<String, String>(topic, codec + "-" + i, "value " + i + " by " + codec + PADDING);
      Method headers = find(ProducerRecord.class, "headers", 0);
      if (headers != null) {
        Object list = headers.invoke(record);
        Method add = list.getClass().getMethod("add", String.class, byte[].class);
        add.setAccessible(true);
        add.invoke(list, "origin", "java".getBytes());
      }
      sent.add(producer.send(record));
    }
    for (java.util.concurrent.Future<?> result : sent) result.get();
    producer.close();
  }

  static KafkaConsumer<String, String> consumer(String bootstrap, String group) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrap);
    if (group != null) properties.put("group.id", group);
    properties.put("enable.auto.commit", "false");
    properties.put("auto.offset.reset", "earliest");
    properties.put("key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
    properties.put(
        "value.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
    return new KafkaConsumer<String, String>(properties);
  }

  static List<String> read(KafkaConsumer<String, String> consumer, int count) throws Exception {
    List<String> records = new ArrayList<>();
    long deadline = System.currentTimeMillis() + 30_000;
    while (records.size() < count && System.currentTimeMillis() < deadline) {
      for (ConsumerRecord<String, String> record : poll(consumer)) {
        if (records.size() == count) break;
        records.add(record.offset() + " " + record.key() + " " + record.value() + origin(record));
      }
    }
    return records;
  }

  @SuppressWarnings("unchecked")
  static ConsumerRecords<String, String> poll(KafkaConsumer<String, String> consumer)
      throws Exception {
    for (Method method : KafkaConsumer.class.getMethods()) {
      if (!method.getName().equals("poll")) continue;
      Class<?> type = method.getParameterTypes()[0];
      if (type != long.class) {
        return (ConsumerRecords<String, String>)
            method.invoke(consumer, type.getMethod("ofMillis", long.class).invoke(null, 200L));
      }
    }
    Method old = KafkaConsumer.class.getMethod("poll", long.class);
    return (ConsumerRecords<String, String>) old.invoke(consumer, 200L);
  }

  static String origin(ConsumerRecord<String, String> record) throws Exception {
    Method headers = find(ConsumerRecord.class, "headers", 0);
    if (headers == null) return "";
    Object list = headers.invoke(record);
    Method lastHeader = list.getClass().getMethod("lastHeader", String.class);
    lastHeader.setAccessible(true);
    Object header = lastHeader.invoke(list, "origin");
    if (header == null) return "";
    Method value = header.getClass().getMethod("value");
    value.setAccessible(true);
    return " " + new String((byte[]) value.invoke(header));
  }

  /** subscribe and assign took a List in 0.9 and take a Collection since. */
  static void call(KafkaConsumer<String, String> consumer, String name, List<?> argument)
      throws Exception {
    for (Method method : KafkaConsumer.class.getMethods()) {
      Class<?>[] types = method.getParameterTypes();
      if (method.getName().equals(name) && types.length == 1
          && (types[0] == List.class || types[0] == Collection.class)) {
        method.invoke(consumer, argument);
        return;
      }
    }
    throw new NoSuchMethodException(name);
  }

  static Method find(Class<?> type, String name, int parameters) {
    for (Method method : type.getMethods()) {
      if (method.getName().equals(name) && method.getParameterTypes().length == parameters) {
        return method;
      }
    }
    return null;
  }

  static String json(List<String> values) {
    StringBuilder text = new StringBuilder("[");
    for (String value : values) {
      if (text.length() > 1) text.append(',');
      text.append('"').append(value).append('"');
    }
    return text.append(']').toString();
  }
}
