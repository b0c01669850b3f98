/** The command line of kafka-console-producer. */
import {
  flag,
  helpOrVersion,
  integer,
  long,
  mergeOption,
  OptionError,
  parseKeyValues,
  parseOptions,
  refuse,
  requireOptions,
  standardOptions,
  text,
  usageOf,
  UsageError,
  type GivenOptions,
} from '../arguments/index.ts'
import { isHostPortList } from '../host-ports.ts'

/** The names that the reader of lines has had. */
export const LINE_READERS = [
  'kafka.tools.ConsoleProducer$LineMessageReader',
  'org.apache.kafka.tools.LineMessageReader',
] as const

const producerOptions = {
  ...standardOptions,
  topic: text('The topic that the records go to.', { describedAs: 'topic' }),
  'broker-list': text(
    'An old name of --bootstrap-server, which is preferred when both are given.',
    { describedAs: 'broker-list' },
  ),
  'bootstrap-server': text('The brokers to begin with, as host:port,host:port.', {
    describedAs: 'server to connect to',
    requiredUnless: ['broker-list'],
  }),
  sync: flag('Send one record at a time, and wait for each.'),
  'compression-codec': text('none, gzip, snappy, lz4 or zstd; without a value gzip.', {
    describedAs: 'compression-codec',
    isOptional: true,
  }),
  'batch-size': integer(
    'How many bytes of records go into a batch (batch.size), unless ' +
      '--max-partition-memory-bytes says otherwise.',
    { describedAs: 'size', defaultsTo: 16 * 1024 },
  ),
  'message-send-max-retries': integer('How often a batch is tried again (retries).', {
    defaultsTo: 3,
  }),
  'retry-backoff-ms': long('How long to wait before that (retry.backoff.ms).', { defaultsTo: 100 }),
  timeout: long('How long a record waits for others to fill its batch (linger.ms).', {
    describedAs: 'timeout_ms',
    defaultsTo: 1000,
  }),
  'request-required-acks': text('Which replicas have to have a record: -1 (all), 0 or 1 (acks).', {
    describedAs: 'request required acks',
    defaultsTo: '-1',
  }),
  'request-timeout-ms': integer('How long a broker may take to answer (request.timeout.ms).', {
    describedAs: 'request timeout ms',
    defaultsTo: 1500,
  }),
  'metadata-expiry-ms': long('After which time to ask for leaders anew (metadata.max.age.ms).', {
    describedAs: 'metadata expiration interval',
    defaultsTo: 300_000,
  }),
  'max-block-ms': long('How long sending may wait for metadata or room (max.block.ms).', {
    describedAs: 'max block on send',
    defaultsTo: 60_000,
  }),
  'max-memory-bytes': long('How much may wait to be sent (buffer.memory).', {
    describedAs: 'total memory in bytes',
    defaultsTo: 32 * 1024 * 1024,
  }),
  'max-partition-memory-bytes': integer('How many bytes of records go into a batch (batch.size).', {
    describedAs: 'memory in bytes per partition',
    defaultsTo: 16 * 1024,
  }),
  'line-reader': text('The class that makes records of lines; here there is the usual one only.', {
    describedAs: 'reader_class',
    defaultsTo: LINE_READERS[0],
  }),
  'socket-buffer-size': integer('The size of the send buffer of sockets (send.buffer.bytes).', {
    describedAs: 'size',
    defaultsTo: 100 * 1024,
  }),
  property: text(
    'How lines are read, as name=value; may be given several times:\n' +
      ' parse.key=false\n parse.headers=false\n ignore.error=false\n key.separator=\\t\n' +
      ' headers.delimiter=\\t\n headers.separator=,\n headers.key.separator=:\n' +
      ' null.marker=   what stands for null\n' +
      'With both parse.headers and parse.key a line is\n "h1:v1,h2:v2...\\tkey\\tvalue"',
    { describedAs: 'prop' },
  ),
  'reader-config': text('A file with such properties; --property goes over it.', {
    describedAs: 'config file',
  }),
  'producer-property': text('A property of the producer, as name=value.', {
    describedAs: 'producer_prop',
  }),
  'producer.config': text('A file with such properties; --producer-property goes over it.', {
    describedAs: 'config file',
  }),
}

export type ProducerOptions = GivenOptions<typeof producerOptions>

/** @throws UsageError, VersionRequested; OptionError for two values of one option */
export function readProducerOptions(
  argv: readonly string[],
  say: (notice: string) => void,
): ProducerOptions {
  const given = parse(argv)
  given.notices.forEach(say)
  helpOrVersion(
    given,
    ['--'],
    'This tool helps to read data from standard input and publish it to Kafka.',
  )
  requireOptions(given, 'topic')
  if (!isHostPortList(serversOf(given))) {
    refuse(given, 'Please provide valid host:port like host1:9091,host2:9092\n ')
  }
  return given
}

function parse(argv: readonly string[]): ProducerOptions {
  try {
    return parseOptions(producerOptions, argv)
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    throw new UsageError(error.message, usageOf(producerOptions))
  }
}

function serversOf(given: ProducerOptions): string {
  return given.value(given.has('bootstrap-server') ? 'bootstrap-server' : 'broker-list') ?? ''
}

/** What the producer is made with: the file, properties over it, options over both. */
export function producerProperties(
  given: ProducerOptions,
  file: ReadonlyMap<string, string>,
): Map<string, string> {
  const properties = new Map([...file, ...parseKeyValues(given.values('producer-property'))])
  properties.set('bootstrap.servers', serversOf(given))
  properties.set('compression.type', compressionOf(given))
  if (!properties.has('client.id')) properties.set('client.id', 'console-producer')
  mergeOption(properties, 'linger.ms', given, 'timeout')
  mergeOption(properties, 'acks', given, 'request-required-acks')
  mergeOption(properties, 'request.timeout.ms', given, 'request-timeout-ms')
  mergeOption(properties, 'retries', given, 'message-send-max-retries')
  mergeOption(properties, 'retry.backoff.ms', given, 'retry-backoff-ms')
  if (given.has('socket-buffer-size')) {
    mergeOption(properties, 'send.buffer.bytes', given, 'socket-buffer-size')
  }
  mergeOption(properties, 'buffer.memory', given, 'max-memory-bytes')
  mergeOption(properties, 'batch.size', given, 'batch-size')
  mergeOption(properties, 'batch.size', given, 'max-partition-memory-bytes')
  mergeOption(properties, 'metadata.max.age.ms', given, 'metadata-expiry-ms')
  mergeOption(properties, 'max.block.ms', given, 'max-block-ms')
  return properties
}

function compressionOf(given: ProducerOptions): string {
  if (!given.has('compression-codec')) return 'none'
  const codec = given.value('compression-codec')
  return codec === null || codec === '' ? 'gzip' : codec
}
