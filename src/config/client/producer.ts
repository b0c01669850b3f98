/** Producer (ProducerConfig). */
import { commonClientProperties } from './common.ts'
import { clientSecurityProperties } from './security.ts'
import { INT_MAX } from '../java-numbers.ts'
import {
  among,
  atLeast,
  between,
  bool,
  check,
  high,
  ignored,
  int,
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
import { gzipLevel, nonEmptyString, nonNull } from '../validators.ts'

const java = ignored('a Java class cannot be loaded here')
const kernel = ignored('Node leaves the size of socket buffers to the kernel')

// prettier-ignore
export const producerProperties = {
  ...commonClientProperties,
  ...clientSecurityProperties,
  'bootstrap.servers': list('', check(nonNull), high,
    'Brokers to begin with as host:port,...; the others are learnt from them.'),
  'buffer.memory': long(33554432, atLeast(0), high,
    'Bytes of records that may wait to be sent; then sending waits.'),
  'retries': int(INT_MAX, between(0, INT_MAX), high,
    'How often a failed batch is sent again, within delivery.timeout.ms.'),
  'acks': string('all', among('all', '-1', '0', '1'), low,
    'Which replicas must have a record before it counts: 0 none, 1 the leader, all (-1) those ' +
    'in sync.'),
  'compression.type': string('none', among('none', 'gzip', 'snappy', 'lz4', 'zstd'), high,
    'Codec of the batches: none, gzip, snappy, lz4, zstd.'),
  'compression.gzip.level': int(-1, check(gzipLevel), medium, 'Level for gzip.'),
  'compression.lz4.level': int(9, between(1, 17), medium, 'Level for lz4.'),
  'compression.zstd.level': int(3, between(-131072, 22), medium, 'Level for zstd.'),
  'batch.size': int(16384, atLeast(0), medium,
    'Bytes that a batch for one partition may have; 0 sends each record alone.'),
  'partitioner.adaptive.partitioning.enable': bool(true, low,
    'Whether partitions of faster brokers get more records without key.'),
  'partitioner.availability.timeout.ms': long(0, atLeast(0), low,
    'Time after which a broker that does not take batches gets no records without key; 0 never.'),
  'partitioner.ignore.keys': bool(false, medium,
    'Whether keys have no say in the choice of a partition.'),
  'linger.ms': long(0, atLeast(0), medium, 'How long a batch waits to be filled.'),
  'delivery.timeout.ms': int(120000, atLeast(0), medium,
    'How long after sending a record is reported as failed, retries included.'),
  'client.id': string('', medium,
    "Name under which the broker's logs and quotas know this client."),
  'receive.buffer.bytes': int(32768, atLeast(-1), medium, kernel,
    'Receive buffer of a socket; -1 leaves it to the system.'),
  'max.request.size': int(1048576, atLeast(0), medium, 'Largest request, and record, in bytes.'),
  'max.block.ms': long(60000, atLeast(0), medium,
    'How long sending may wait for metadata or for room in the buffer.'),
  'metadata.max.idle.ms': long(300000, atLeast(5000), low,
    'Time without use after which a topic is forgotten.'),
  'metric.reporters': list('', check(nonNull), low, java, 'Classes that carry metrics elsewhere.'),
  'max.in.flight.requests.per.connection': int(5, atLeast(1), low,
    'Requests sent to a broker before the first is answered; at most 5 keep the order.'),
  'key.serializer': javaClass(REQUIRED, high,
    'Class that turns a key into bytes; those of Kafka are known by name.'),
  'value.serializer': javaClass(REQUIRED, high,
    'Class that turns a value into bytes; those of Kafka are known by name.'),
  'connections.max.idle.ms': long(540000, medium,
    'Silence after which the client closes a connection.'),
  'partitioner.class': javaClass(null, medium,
    'Class that chooses the partition; RoundRobinPartitioner is known by name.'),
  'interceptor.classes': list(
    '', check(nonNull), low, refused('a Java class cannot be loaded here'),
    'Classes that see each record before it is sent.'),
  'enable.idempotence': bool(true, low, 'Whether a batch that is sent twice is stored once.'),
  'transaction.timeout.ms': int(60000, low,
    'Time after which the coordinator aborts a transaction that went silent.'),
  'transactional.id': string(
    null, check(nonEmptyString), low,
    "Name under which this producer's transactions go on after a restart."),
} satisfies Properties
