/** Copies of a partition: leaders, followers and their timing. */
import {
  among,
  atLeast,
  bool,
  check,
  clusterWide,
  high,
  ignored,
  int,
  internal,
  long,
  medium,
  string,
  type Properties,
} from '../property.ts'
import { interBrokerVersion } from '../validators.ts'

const bySystem = ignored('the operating system sizes the buffers of sockets')
const atOnce = ignored('an election that is allowed is held at once')
const waiting = ignored('a waiting request is dropped when it ends, there is nothing to purge')

// prettier-ignore
export const replicationProperties = {
  'controller.socket.timeout.ms': int(30000, medium,
    "How long the controller waits for a broker's answer."),
  'default.replication.factor': int(1, medium,
    'Replicas of a topic that is created without saying how many.'),
  'replica.lag.time.max.ms': long(30000, high,
    'Time without having caught up after which a follower leaves the ISR.'),
  'replica.socket.timeout.ms': int(30000, high,
    "How long a follower waits for its leader's answer."),
  'replica.socket.receive.buffer.bytes': int(65536, high, bySystem,
    "Receive buffer of a follower's socket."),
  'replica.fetch.max.bytes': int(1048576, atLeast(0), medium,
    'Bytes that a follower asks for in one partition.'),
  'replica.fetch.wait.max.ms': int(500, high,
    "How long a leader may keep a follower's fetch waiting for data."),
  'replica.fetch.backoff.ms': int(1000, atLeast(0), medium,
    'Pause of a follower after a failed fetch.'),
  'replica.fetch.min.bytes': int(1, high, 'Bytes that a follower waits for.'),
  'replica.fetch.response.max.bytes': int(10485760, atLeast(0), medium,
    'Bytes that a follower asks for in all partitions together.'),
  'num.replica.fetchers': int(1, high, clusterWide,
    'Fetchers for each broker that is followed.'),
  'replica.high.watermark.checkpoint.interval.ms': long(5000, high,
    'Pause between two writes of the high watermarks to disk.'),
  'fetch.purgatory.purge.interval.requests': int(1000, medium, waiting,
    'Ended fetches after which the list of waiting ones is purged.'),
  'producer.purgatory.purge.interval.requests': int(1000, medium, waiting,
    'Ended produces after which the list of waiting ones is purged.'),
  'delete.records.purgatory.purge.interval.requests': int(1, medium, waiting,
    'Ended deletions of records after which the list of waiting ones is purged.'),
  'auto.leader.rebalance.enable': bool(true, high,
    'Whether the controller gives leadership back to preferred replicas by itself.'),
  'leader.imbalance.per.broker.percentage': int(10, high,
    'Share of partitions led by others, in percent, above which it does.'),
  'leader.imbalance.check.interval.seconds': long(300, atLeast(1), high,
    'Pause in seconds between its checks.'),
  'unclean.leader.election.interval.ms': long(300000, atLeast(1), medium, internal, atOnce,
    'Pause between checks for partitions that need an unclean election.'),
  'unclean.leader.election.enable': bool(false, high, clusterWide,
    'Whether a replica outside the ISR may lead when no other lives, at the price of lost ' +
    'records.'),
  'security.inter.broker.protocol': string(
    'PLAINTEXT', among('PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'), medium,
    'Security protocol between brokers; not together with inter.broker.listener.name.'),
  'inter.broker.protocol.version': string('3.9-IV0', check(interBrokerVersion), medium,
    'Version that all brokers of the cluster understand; it also chooses the formats of ' +
    'internal records.'),
  'inter.broker.listener.name': string(null, medium,
    'Listener through which brokers reach each other.'),
  'replica.selector.class': string(null, medium,
    'Class that decides which replica a consumer reads from (KIP-392).'),
} satisfies Properties
