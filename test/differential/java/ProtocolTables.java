import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** Prints Kafka's error codes and API keys, a line each, tab-separated. */
public final class ProtocolTables {
    public static void main(String[] args) {
        for (Errors error : Errors.values()) {
            boolean canRetry = error.exception() instanceof RetriableException;
            System.out.println("error\t" + error.code() + "\t" + error.name() + "\t"
                + error.message() + "\t" + canRetry);
        }
        for (ApiKeys key : ApiKeys.values()) {
            System.out.println("key\t" + key.id + "\t" + key.name + "\t" + key.name());
        }
    }
}
