// Prints the whole tree of a ZooKeeper as one JSON object: path to data, ACL and the fields of its
// stat. Used with the client library of Apache ZooKeeper.

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Stat;

public final class ZnodeTree {
  public static void main(String[] args) throws Exception {
    CountDownLatch connected = new CountDownLatch(1);
    ZooKeeper zookeeper =
        new ZooKeeper(
            args[0],
            15_000,
            event -> {
              if (event.getState() == KeeperState.SyncConnected) connected.countDown();
            });
    connected.await();
    List<String> nodes = new ArrayList<>();
    visit(zookeeper, "/", nodes);
    System.out.println("{" + String.join(",", nodes) + "}");
    zookeeper.close();
  }

  static void visit(ZooKeeper zookeeper, String path, List<String> nodes) throws Exception {
    Stat stat = new Stat();
    byte[] data = zookeeper.getData(path, false, stat);
    List<String> acls = new ArrayList<>();
    for (ACL acl : zookeeper.getACL(path, new Stat())) {
      acls.add(quoted(acl.getPerms() + " " + acl.getId().getScheme() + ":" + acl.getId().getId()));
    }
    String text = data == null ? "null" : quoted(new String(data, StandardCharsets.UTF_8));
    nodes.add(
        quoted(path) + ":{\"data\":" + text + ",\"acl\":[" + String.join(",", acls) + "]"
            + ",\"czxid\":" + stat.getCzxid() + ",\"mzxid\":" + stat.getMzxid()
            + ",\"pzxid\":" + stat.getPzxid() + ",\"ctimeMs\":" + stat.getCtime()
            + ",\"mtimeMs\":" + stat.getMtime() + ",\"version\":" + stat.getVersion()
            + ",\"cversion\":" + stat.getCversion() + ",\"aversion\":" + stat.getAversion()
            + ",\"ephemeralOwner\":\"" + stat.getEphemeralOwner() + "\",\"dataLengthBytes\":"
            + stat.getDataLength() + ",\"childCount\":" + stat.getNumChildren() + "}");
    List<String> children = zookeeper.getChildren(path, false);
    Collections.sort(children);
    for (String child : children) {
      visit(zookeeper, (path.equals("/") ? "" : path) + "/" + child, nodes);
    }
  }

  static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') out.append('\\').append(c);
      else if (c < ' ') out.append(String.format("\\u%04x", (int) c));
      else out.append(c);
    }
    return out.append('"').toString();
  }
}
