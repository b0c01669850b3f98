import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.StringSerializer;

/** Java's transactional producer, for as long as standard input is open. */
public final class SteadyWriter {
    private static final AtomicBoolean OVER = new AtomicBoolean();
    private static final int ROUNDS = 3;

    private final Properties properties = new Properties();
    private final String topic;
    private final int partitions;
    private long number;

    private SteadyWriter(String[] args) {
        properties.put("bootstrap.servers", args[0]);
        properties.put("transactional.id", args[3]);
        properties.put("key.serializer", StringSerializer.class.getName());
        properties.put("value.serializer", StringSerializer.class.getName());
        topic = args[1];
        partitions = Integer.parseInt(args[2]);
    }

    public static void main(String[] args) {
        Thread watch = new Thread(SteadyWriter::watchInput);
        watch.setDaemon(true);
        watch.start();
        SteadyWriter writer = new SteadyWriter(args);
        while (!OVER.get()) writer.runProducer();
    }

    private static void watchInput() {
        try {
            while (System.in.read() >= 0) continue;
        } catch (IOException e) {
            System.err.println(e);
        }
        OVER.set(true);
    }

    /** Until the end, or until this producer cannot go on. */
    private void runProducer() {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(properties)) {
            producer.initTransactions();
            while (!OVER.get()) transact(producer);
        } catch (KafkaException e) {
            System.err.println("given up: " + e);
        }
    }

    private void transact(KafkaProducer<String, String> producer) {
        List<String> values = new ArrayList<>();
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        producer.beginTransaction();
        try {
            for (int nth = 0; nth < ROUNDS * partitions; nth++) {
                String value = Long.toString(number++);
                values.add(value);
                sent.add(producer.send(new ProducerRecord<>(topic, nth % partitions, null, value)));
            }
            producer.commitTransaction();
        } catch (KafkaException e) {
            System.err.println("aborted: " + e);
            producer.abortTransaction();
            return;
        }
        StringBuilder lines = new StringBuilder();
        for (int nth = 0; nth < sent.size(); nth++) lines.append(line(sent.get(nth), values.get(nth)));
        System.out.print(lines);
        System.out.flush();
    }

    private static String line(Future<RecordMetadata> sent, String value) {
        try {
            RecordMetadata place = sent.get();
            return place.partition() + " " + place.offset() + " " + value + "\n";
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("committed, and not delivered", e);
        }
    }
}
