/** How the broker reaches ZooKeeper. */
import {
  atLeast,
  bool,
  high,
  ignored,
  int,
  list,
  low,
  medium,
  password,
  refused,
  string,
  type Properties,
} from '../property.ts'

const tls = ignored('zookeeper.ssl.client.enable is off')

// prettier-ignore
export const zookeeperProperties = {
  'zookeeper.connect': string(null, high,
    "ZooKeeper servers as host:port,host:port, tried in turn, with an optional /path under " +
    "which all of Kafka's nodes stand."),
  'zookeeper.session.timeout.ms': int(18000, high,
    'Silence after which ZooKeeper takes the broker for dead and removes its ephemeral nodes.'),
  'zookeeper.connection.timeout.ms': int(null, high,
    'How long the start waits for a ZooKeeper connection; the session timeout when not given.'),
  'zookeeper.set.acl': bool(
    false, high,
    refused('protected nodes need an authenticated ZooKeeper session, which is not there'),
    "Whether nodes are created so that only the broker's own identity may write them."),
  'zookeeper.max.in.flight.requests': int(10, atLeast(1), high,
    ignored('requests are pipelined, up to 10,000 of them'),
    'Requests that are sent to ZooKeeper before the first is answered.'),
  'zookeeper.ssl.client.enable': bool(false, medium, refused('TLS to ZooKeeper is not there'),
    'Whether the broker speaks TLS to ZooKeeper.'),
  'zookeeper.clientCnxnSocket': string(
    null, medium, ignored('there is one kind of socket here, not a choice of Java classes'),
    "Java class of ZooKeeper's client socket."),
  'zookeeper.ssl.keystore.location': string(null, medium, tls,
    "File with the broker's key and certificate for ZooKeeper."),
  'zookeeper.ssl.keystore.password': password(null, medium, tls,
    'Password of the key store for ZooKeeper.'),
  'zookeeper.ssl.keystore.type': string(null, medium, tls,
    'Format of the key store for ZooKeeper.'),
  'zookeeper.ssl.truststore.location': string(null, medium, tls,
    'File with the certificates that ZooKeeper servers are trusted by.'),
  'zookeeper.ssl.truststore.password': password(null, medium, tls,
    'Password of the trust store for ZooKeeper.'),
  'zookeeper.ssl.truststore.type': string(null, medium, tls,
    'Format of the trust store for ZooKeeper.'),
  'zookeeper.ssl.protocol': string('TLSv1.2', low, tls, 'TLS version offered to ZooKeeper.'),
  'zookeeper.ssl.enabled.protocols': list(null, low, tls,
    'TLS versions allowed towards ZooKeeper.'),
  'zookeeper.ssl.cipher.suites': list(null, low, tls, 'Cipher suites allowed towards ZooKeeper.'),
  'zookeeper.ssl.endpoint.identification.algorithm': string('HTTPS', low, tls,
    'How the name of a ZooKeeper server is checked against its certificate.'),
  'zookeeper.ssl.crl.enable': bool(false, low, tls,
    "Whether revocation lists are asked about ZooKeeper's certificates."),
  'zookeeper.ssl.ocsp.enable': bool(false, low, tls,
    "Whether an OCSP responder is asked about ZooKeeper's certificates."),
} satisfies Properties
