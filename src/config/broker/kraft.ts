/** KRaft mode, which needs no ZooKeeper: described, because people's files name them. */
import { LONG_MAX } from '../java-numbers.ts'
import {
  among,
  atLeast,
  bool,
  check,
  high,
  ignored,
  int,
  internal,
  list,
  long,
  low,
  medium,
  refused,
  string,
  type Properties,
} from '../property.ts'
import { addressList } from '../validators.ts'

const kraft = ignored('brokers are coordinated by ZooKeeper, not by KRaft')

// prettier-ignore
export const kraftProperties = {
  'metadata.log.max.record.bytes.between.snapshots': long(20971520, atLeast(1), high, kraft,
    'Bytes of the metadata log after which a snapshot is taken.'),
  'metadata.log.max.snapshot.interval.ms': long(3600000, atLeast(0), high, kraft,
    'Longest time between two snapshots of the metadata.'),
  'process.roles': list(
    '', among('broker', 'controller'), high,
    refused('KRaft mode is not served; brokers are coordinated by ZooKeeper (zookeeper.connect)'),
    'Roles of the process in KRaft mode: broker, controller or both; empty is ZooKeeper mode.'),
  'node.id': int(-1, high,
    'Number of the process in KRaft mode; in ZooKeeper mode the same as broker.id.'),
  'initial.broker.registration.timeout.ms': int(60000, medium, kraft,
    'How long a starting broker tries to register with the controllers.'),
  'broker.heartbeat.interval.ms': int(2000, medium, kraft,
    "Pause between a broker's heartbeats to the controllers."),
  'broker.session.timeout.ms': int(9000, medium, kraft,
    'Silence after which the controllers take a broker for dead.'),
  'controller.listener.names': string(null, high,
    'Listeners of the KRaft controllers; must be empty in ZooKeeper mode.'),
  'sasl.mechanism.controller.protocol': string('GSSAPI', high, kraft,
    'SASL mechanism towards the controllers.'),
  'metadata.log.dir': string(null, high, kraft, 'Directory of the metadata log.'),
  'metadata.log.segment.bytes': int(1073741824, atLeast(12), high, kraft,
    'Size in bytes of a segment of the metadata log.'),
  'metadata.log.segment.min.bytes': int(8388608, atLeast(12), high, internal, kraft,
    'Smallest size to which metadata.log.segment.bytes may be set.'),
  'metadata.log.segment.ms': long(604800000, high, kraft,
    'Age at which a segment of the metadata log is closed.'),
  'metadata.max.retention.bytes': long(104857600, high, kraft,
    'Bytes of metadata log and snapshots that are kept.'),
  'metadata.max.retention.ms': long(604800000, high, kraft,
    'How long metadata log and snapshots are kept.'),
  'metadata.max.idle.interval.ms': int(500, atLeast(0), low, kraft,
    'Pause after which an idle controller writes an empty record; 0 never.'),
  'server.max.startup.time.ms': long(LONG_MAX, atLeast(0), medium, internal, kraft,
    'How long the start may take.'),
  'zookeeper.metadata.migration.enable': bool(
    false, high, refused('there is no KRaft quorum to migrate to'),
    'Whether the metadata moves from ZooKeeper to KRaft.'),
  'eligible.leader.replicas.enable': bool(false, high, kraft,
    'Whether replicas that fell out of the ISR but hold everything committed stay eligible ' +
    '(KIP-966).'),
  'zookeeper.metadata.migration.min.batch.size': int(200, atLeast(1), medium, internal, kraft,
    'Smallest batch in which metadata moves from ZooKeeper to KRaft.'),
} satisfies Properties

// prettier-ignore
export const quorumProperties = {
  'controller.quorum.voters': list('', check(addressList), high, kraft,
    'Voters of the metadata quorum as id@host:port,...'),
  'controller.quorum.bootstrap.servers': list('', check(addressList), high, kraft,
    'Addresses at which the metadata quorum is found.'),
  'controller.quorum.election.timeout.ms': int(1000, high, kraft,
    'How long a candidate waits for votes before it tries again.'),
  'controller.quorum.fetch.timeout.ms': int(2000, high, kraft,
    "Silence of the quorum's leader after which a voter calls an election."),
  'controller.quorum.election.backoff.max.ms': int(1000, high, kraft,
    'Longest random pause before a new election.'),
  'controller.quorum.append.linger.ms': int(25, medium, kraft,
    "How long the quorum's leader gathers records before it writes them."),
  'controller.quorum.request.timeout.ms': int(2000, medium, kraft,
    'How long a voter waits for an answer.'),
  'controller.quorum.retry.backoff.ms': int(20, low, kraft,
    'Pause before a voter tries a request again.'),
} satisfies Properties
