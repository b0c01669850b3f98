/** Consumer (ConsumerConfig). */
import { commonClientProperties } from './common.ts'
import { clientSecurityProperties } from './security.ts'
import {
  among,
  amongAnyCase,
  atLeast,
  bool,
  check,
  high,
  ignored,
  int,
  internal,
  javaClass,
  list,
  long,
  low,
  medium,
  refused,
  REQUIRED,
  string,
  type Properties,
} from '../property.ts'
import { nonEmptyString, nonNull } from '../validators.ts'

const java = ignored('a Java class cannot be loaded here')
const kernel = ignored('Node leaves the size of socket buffers to the kernel')

// prettier-ignore
export const consumerProperties = {
  ...commonClientProperties,
  ...clientSecurityProperties,
  'bootstrap.servers': list('', check(nonNull), high,
    'Brokers to begin with as host:port,...; the others are learnt from them.'),
  'group.id': string(null, high, 'Group that shares the partitions.'),
  'group.instance.id': string(null, check(nonEmptyString), medium,
    'Name that makes a member static: it keeps its partitions through a restart.'),
  'session.timeout.ms': int(45000, high,
    'Silence after which the group goes on without this member.'),
  'heartbeat.interval.ms': int(3000, high, 'Pause between two signs of life.'),
  'partition.assignment.strategy': list(
    'org.apache.kafka.clients.consumer.RangeAssignor,' +
    'org.apache.kafka.clients.consumer.CooperativeStickyAssignor',
    check(nonNull), medium,
    'Classes that share out partitions; those of Kafka are known by name. ' +
    'CooperativeStickyAssignor alone makes rebalances cooperative (KIP-429).'),
  'enable.auto.commit': bool(true, medium, 'Whether offsets are committed by themselves.'),
  'auto.commit.interval.ms': int(5000, atLeast(0), low, 'Pause between such commits.'),
  'client.id': string('', low, "Name under which the broker's logs and quotas know this client."),
  'client.rack': string('', low,
    'Rack of this client: a replica in it may be read from (KIP-392).'),
  'max.partition.fetch.bytes': int(1048576, atLeast(0), high,
    'Most bytes of one partition in an answer; the first batch comes whole.'),
  'receive.buffer.bytes': int(65536, atLeast(-1), medium, kernel,
    'Receive buffer of a socket; -1 leaves it to the system.'),
  'fetch.min.bytes': int(1, atLeast(0), high, 'Bytes that an answer waits for.'),
  'fetch.max.bytes': int(52428800, atLeast(0), medium,
    'Most bytes in an answer; the first batch comes whole.'),
  'fetch.max.wait.ms': int(500, atLeast(0), low, 'How long an answer waits for fetch.min.bytes.'),
  'auto.offset.reset': string('latest', among('latest', 'earliest', 'none'), medium,
    'Where to begin without a valid offset: earliest, latest, or none to fail.'),
  'check.crcs': bool(true, low, 'Whether the checksum of each batch is checked.'),
  'metric.reporters': list('', check(nonNull), low, java, 'Classes that carry metrics elsewhere.'),
  'key.deserializer': javaClass(REQUIRED, high,
    'Class that turns bytes into a key; those of Kafka are known by name.'),
  'value.deserializer': javaClass(REQUIRED, high,
    'Class that turns bytes into a value; those of Kafka are known by name.'),
  'default.api.timeout.ms': int(60000, atLeast(0), medium,
    'How long a call may take that has no time of its own.'),
  'connections.max.idle.ms': long(540000, medium,
    'Silence after which the client closes a connection.'),
  'interceptor.classes': list(
    '', check(nonNull), low, refused('a Java class cannot be loaded here'),
    'Classes that see each record before it is sent.'),
  'max.poll.records': int(500, atLeast(1), medium, 'Records that one poll gives.'),
  'max.poll.interval.ms': int(300000, atLeast(1), medium,
    'Time between polls after which a member leaves its group.'),
  'exclude.internal.topics': bool(true, medium, 'Whether a pattern leaves internal topics out.'),
  'internal.leave.group.on.close': bool(true, low, internal,
    'Whether closing leaves the group at once.'),
  'internal.throw.on.fetch.stable.offset.unsupported': bool(
    false, low, internal, ignored('brokers that old are not asked for stable offsets'),
    'Whether a broker that cannot tell stable offsets is an error.'),
  'isolation.level': string('read_uncommitted', among('read_committed', 'read_uncommitted'), medium,
    'Whether records of unfinished and aborted transactions are left out: read_committed, or not.'),
  'allow.auto.create.topics': bool(true, medium,
    'Whether a topic that is read may come into being by itself.'),
  'group.protocol': string(
    'classic', amongAnyCase('CONSUMER', 'CLASSIC'), high,
    refused('the consumer protocol of KIP-848 is not there yet'),
    'Group protocol: classic, or consumer (KIP-848).'),
  'group.remote.assignor': string(
    null, medium, ignored('only the consumer protocol of KIP-848 reads it'),
    'Assignor on the broker.'),
} satisfies Properties
