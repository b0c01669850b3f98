import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

/**
 * Reads messages with Kafka's own classes and writes them again, a line each, tab-separated: to
 * "bytes NAME VERSION HEX" and to "json NAME VERSION JSON" the answer is "HEX JSON", or "! reason"
 * when Kafka refuses. JSON tells the size of records only.
 */
public final class ProtocolPeer {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String[] PACKAGES = {
        "org.apache.kafka.common.message.",
        "org.apache.kafka.coordinator.group.generated.",
        "org.apache.kafka.coordinator.transaction.generated.",
        "org.apache.kafka.common.metadata.",
        "org.apache.kafka.server.log.remote.metadata.storage.generated."
    };

    public static void main(String[] args) throws Exception {
        BufferedReader in =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(answer(line.split("\t", -1)));
        }
        out.flush();
    }

    private static String answer(String[] question) {
        String name = question[1];
        short version = Short.parseShort(question[2]);
        try {
            Message message = question[0].equals("bytes")
                ? fromBytes(name, version, HexFormat.of().parseHex(question[3]))
                : fromJson(name, version, question[3]);
            return toBytes(message, version) + "\t" + toJson(name, message, version);
        } catch (InvocationTargetException e) {
            return "! " + oneLine(e.getCause());
        } catch (Exception e) {
            return "! " + oneLine(e);
        }
    }

    private static Message fromBytes(String name, short version, byte[] bytes) throws Exception {
        Message message = (Message) classOf(name, "").getDeclaredConstructor().newInstance();
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        message.read(new ByteBufferAccessor(buffer), version);
        if (buffer.hasRemaining()) throw new Exception(buffer.remaining() + " bytes left");
        return message;
    }

    private static Message fromJson(String name, short version, String json) throws Exception {
        return (Message) classOf(name, "JsonConverter")
            .getMethod("read", JsonNode.class, short.class)
            .invoke(null, MAPPER.readTree(json), version);
    }

    private static String toBytes(Message message, short version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer buffer = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(buffer), cache, version);
        return HexFormat.of().formatHex(buffer.array(), 0, buffer.position());
    }

    private static Object toJson(String name, Message message, short version) throws Exception {
        return classOf(name, "JsonConverter")
            .getMethod("write", message.getClass(), short.class, boolean.class)
            .invoke(null, message, version, false);
    }

    /** Messages of an API and headers are called NAMEData, records NAME. */
    private static Class<?> classOf(String name, String suffix) throws ClassNotFoundException {
        for (String prefix : PACKAGES) {
            for (String middle : new String[] {"Data", ""}) {
                try {
                    return Class.forName(prefix + name + middle + suffix);
                } catch (ClassNotFoundException e) {
                    // The next name may be the one.
                }
            }
        }
        throw new ClassNotFoundException(name + suffix);
    }

    private static String oneLine(Throwable e) {
        return String.valueOf(e).replaceAll("\\s+", " ");
    }
}
