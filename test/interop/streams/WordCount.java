// Kafka Streams of any release from 2.6 on: compiled once against the oldest, run against each.

import java.util.Arrays;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;

/** {@code WordCount <bootstrap> <application id> <state dir> <guarantee> <input> <output>} */
public final class WordCount {
  public static void main(String[] args) {
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(args[4], Consumed.with(Serdes.String(), Serdes.String()))
        .flatMapValues(line -> Arrays.asList(line.split(" ")))
        .groupBy((key, word) -> word, Grouped.with("words", Serdes.String(), Serdes.String()))
        .count(Materialized.as("counts"))
        .toStream()
        .mapValues(String::valueOf)
        .peek((word, count) -> System.out.println(word + " " + count))
        .to(args[5], Produced.with(Serdes.String(), Serdes.String()));

    KafkaStreams streams = new KafkaStreams(builder.build(), properties(args));
    streams.setStateListener((now, before) -> System.out.println("state: " + now));
    Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
    streams.start();
  }

  static Properties properties(String[] args) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", args[0]);
    properties.put("application.id", args[1]);
    properties.put("state.dir", args[2]);
    properties.put("processing.guarantee", args[3]);
    properties.put("num.stream.threads", "2");
    // Each count is written, not only the last of an interval: the output has to be 1, 2, 3, ...
    properties.put("cache.max.bytes.buffering", "0");
    // Records of a transaction are written before its commit, so that a kill leaves some behind.
    properties.put("producer.linger.ms", "0");
    properties.put("commit.interval.ms", "300");
    properties.put("repartition.purge.interval.ms", "100");
    // Who comes back after a kill takes its place at once, not after the session timeout.
    properties.put("group.instance.id", "only");
    return properties;
  }
}
