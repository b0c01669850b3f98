/** Consumer groups and where their offsets are kept. */
import { INT_MAX } from '../java-numbers.ts'
import {
  among,
  amongAnyCase,
  atLeast,
  between,
  bool,
  high,
  ignored,
  int,
  internal,
  list,
  long,
  medium,
  short,
  string,
  type Properties,
} from '../property.ts'

const oneLoop = ignored('one event loop serves all groups')
const newGroups = ignored('the consumer protocol of KIP-848 is not served in ZooKeeper mode')
const share = ignored('share groups (KIP-932) are not served')

// prettier-ignore
export const groupProperties = {
  'group.min.session.timeout.ms': int(6000, medium,
    'Shortest session timeout that a member may ask for.'),
  'group.max.session.timeout.ms': int(1800000, medium,
    'Longest session timeout that a member may ask for.'),
  'group.initial.rebalance.delay.ms': int(3000, medium,
    'How long a new group waits for further members before it assigns partitions.'),
  'group.max.size': int(INT_MAX, atLeast(1), medium, 'Members that a group may have.'),
  'group.coordinator.rebalance.protocols': list(
    'classic', among('consumer', 'classic', 'share', 'unknown'), medium,
    'Group protocols that are served; in ZooKeeper mode classic alone.'),
  'group.coordinator.threads': int(1, atLeast(1), medium, oneLoop,
    'Threads of the group coordinator.'),
  'group.coordinator.append.linger.ms': int(10, atLeast(0), medium, newGroups,
    'How long the new coordinator gathers records before it writes them.'),
  'group.coordinator.new.enable': bool(false, medium, internal, newGroups,
    'Whether the coordinator of KIP-848 serves the classic groups too.'),
  'offset.metadata.max.bytes': int(4096, high,
    'Most bytes of the text that a client stores with a committed offset.'),
  'offsets.load.buffer.size': int(5242880, atLeast(1), high,
    'Bytes that are read at once when offsets are loaded.'),
  'offsets.topic.replication.factor': short(3, atLeast(1), high,
    'Replicas of __consumer_offsets; its creation fails until as many brokers live.'),
  'offsets.topic.num.partitions': int(50, atLeast(1), high,
    'Partitions of __consumer_offsets; not to be changed once it exists.'),
  'offsets.topic.segment.bytes': int(104857600, atLeast(1), high,
    'Segment size in bytes of __consumer_offsets.'),
  'offsets.topic.compression.codec': int(0, high,
    'Codec of __consumer_offsets by number: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.'),
  'offsets.retention.minutes': int(10080, atLeast(1), high,
    'How long offsets are kept after a group has become empty.'),
  'offsets.retention.check.interval.ms': long(600000, atLeast(1), high,
    'Pause between two searches for expired offsets.'),
  'offsets.commit.timeout.ms': int(5000, atLeast(1), high,
    'How long a commit may wait for the replicas of __consumer_offsets.'),
  'offsets.commit.required.acks': short(
    -1, high, ignored('a commit always waits for all in-sync replicas'),
    'Acknowledgements that a commit waits for.'),
} satisfies Properties

// prettier-ignore
export const consumerGroupProperties = {
  'group.consumer.session.timeout.ms': int(45000, atLeast(1), medium, newGroups,
    'Silence after which a member of a KIP-848 group is removed.'),
  'group.consumer.min.session.timeout.ms': int(45000, atLeast(1), medium, newGroups,
    'Shortest session timeout of a KIP-848 group.'),
  'group.consumer.max.session.timeout.ms': int(60000, atLeast(1), medium, newGroups,
    'Longest session timeout of a KIP-848 group.'),
  'group.consumer.heartbeat.interval.ms': int(5000, atLeast(1), medium, newGroups,
    'Pause between heartbeats in a KIP-848 group.'),
  'group.consumer.min.heartbeat.interval.ms': int(5000, atLeast(1), medium, newGroups,
    'Shortest pause between heartbeats in a KIP-848 group.'),
  'group.consumer.max.heartbeat.interval.ms': int(15000, atLeast(1), medium, newGroups,
    'Longest pause between heartbeats in a KIP-848 group.'),
  'group.consumer.max.size': int(INT_MAX, atLeast(1), medium, newGroups,
    'Members that a KIP-848 group may have.'),
  'group.consumer.assignors': list(
    'org.apache.kafka.coordinator.group.assignor.UniformAssignor,' +
    'org.apache.kafka.coordinator.group.assignor.RangeAssignor',
    medium, newGroups,
    'Assignors of KIP-848 groups on the broker, the first is the default.'),
  'group.consumer.migration.policy': string(
    'disabled', amongAnyCase('DISABLED', 'DOWNGRADE', 'UPGRADE', 'BIDIRECTIONAL'), medium,
    internal, newGroups,
    'Which way groups may move between the classic and the KIP-848 protocol.'),
} satisfies Properties

// prettier-ignore
export const shareSessionProperties = {
  'group.share.session.timeout.ms': int(45000, atLeast(1), medium, share,
    'Silence after which a member of a share group is removed.'),
  'group.share.min.session.timeout.ms': int(45000, atLeast(1), medium, share,
    'Shortest session timeout of a share group.'),
  'group.share.max.session.timeout.ms': int(60000, atLeast(1), medium, share,
    'Longest session timeout of a share group.'),
  'group.share.heartbeat.interval.ms': int(5000, atLeast(1), medium, share,
    'Pause between heartbeats in a share group.'),
  'group.share.min.heartbeat.interval.ms': int(5000, atLeast(1), medium, share,
    'Shortest pause between heartbeats in a share group.'),
  'group.share.max.heartbeat.interval.ms': int(15000, atLeast(1), medium, share,
    'Longest pause between heartbeats in a share group.'),
  'group.share.max.size': short(200, between(10, 1000), medium, share,
    'Members that a share group may have.'),
} satisfies Properties

// prettier-ignore
export const shareGroupProperties = {
  'group.share.enable': bool(false, medium, internal, share, 'Whether share groups are served.'),
  'group.share.delivery.count.limit': int(5, between(2, 10), medium, share,
    'How often a record is delivered to a share group.'),
  'group.share.record.lock.duration.ms': int(30000, between(1000, 60000), medium, share,
    'How long a member of a share group holds a record.'),
  'group.share.min.record.lock.duration.ms': int(15000, between(1000, 30000), medium, share,
    'Shortest such time that a group may ask for.'),
  'group.share.max.record.lock.duration.ms': int(60000, between(30000, 3600000), medium, share,
    'Longest such time that a group may ask for.'),
  'group.share.max.groups': short(10, between(1, 100), medium, share,
    'Share groups that a broker serves.'),
  'group.share.partition.max.record.locks': int(200, between(100, 10000), medium, share,
    'Records of a partition that may be held at once.'),
} satisfies Properties
