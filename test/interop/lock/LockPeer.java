import java.io.File;

/** Takes the lock of a log directory with Kafka's own class, says whether it got it, and holds it until its input ends. */
public class LockPeer {
    public static void main(String[] args) throws Exception {
        var lock = new org.apache.kafka.server.util.FileLock(new File(args[0]));
        System.out.println(lock.tryLock() ? "held" : "refused");
        while (System.in.read() != -1) { }
        lock.destroy();
    }
}
