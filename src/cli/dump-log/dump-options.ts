/** The command line of kafka-dump-log. */
import {
  flag,
  helpOrVersion,
  integer,
  parseOptions,
  requireOptions,
  standardOptions,
  text,
  type GivenOptions,
} from '../arguments/index.ts'

const STRING_DECODER = 'org.apache.kafka.tools.api.StringDecoder'
const MAX_INT = 2 ** 31 - 1
const decoder = { isOptional: true, defaultsTo: STRING_DECODER } as const

const dumpOptions = {
  ...standardOptions,
  'print-data-log': flag('Print keys and values of records; any decoder implies it.'),
  'verify-index-only': flag('Verify indexes against their log without printing them.'),
  'index-sanity-check': flag(
    'Make the check of a start of the broker, which decides whether an index is rebuilt.',
  ),
  files: text('REQUIRED: The files of logs, indexes and snapshots, by commas.', {
    describedAs: 'file1, file2, ...',
  }),
  'max-message-size': integer('Size of the largest message.', {
    describedAs: 'size',
    defaultsTo: 5 * 1024 * 1024,
  }),
  'max-bytes': integer('Read no more than so many bytes of a log.', {
    describedAs: 'size',
    defaultsTo: MAX_INT,
  }),
  'deep-iteration': flag('Print records, not only batches; --print-data-log implies it.'),
  'value-decoder-class': text('How values are read.', decoder),
  'key-decoder-class': text('How keys are read.', decoder),
  'offsets-decoder': flag('Read records as those of __consumer_offsets.'),
  'transaction-log-decoder': flag('Read records as those of __transaction_state.'),
  'cluster-metadata-decoder': flag('Read records as those of __cluster_metadata (KRaft).'),
  'remote-log-metadata-decoder': flag('Read records as those of __remote_log_metadata.'),
  'skip-record-metadata': flag('Leave out what stands before key and value.'),
}
export type DumpOptions = GivenOptions<typeof dumpOptions>

const decoders = [
  ...(['offsets-decoder', 'transaction-log-decoder'] as const),
  ...(['cluster-metadata-decoder', 'remote-log-metadata-decoder'] as const),
]
const decoderClasses = ['value-decoder-class', 'key-decoder-class'] as const

/** @throws OptionError, UsageError, VersionRequested */
export function readDumpOptions(
  argv: readonly string[],
  say: (notice: string) => void,
): DumpOptions {
  const given = parseOptions(dumpOptions, argv)
  given.notices.forEach(say)
  helpOrVersion(given, argv, 'This tool prints what lies in the files of a log.')
  requireOptions(given, 'files')
  return given
}

export function printsData(given: DumpOptions): boolean {
  return ['print-data-log' as const, ...decoders, ...decoderClasses].some(name => given.has(name))
}

export const printsRecords = (given: DumpOptions): boolean =>
  given.has('deep-iteration') || printsData(given)

/** All bytes, as genuine Kafka says it. */
export const isUnlimited = (maxBytes: number): boolean => maxBytes === MAX_INT
