/** kafka-replica-verification: whether all replicas have the same records. Mirrors org.apache.kafka.tools.ReplicaVerificationTool. */
import {
  helpOrVersion,
  integer,
  long,
  parseOptions,
  refuse,
  requireOptions,
  standardOptions,
  text,
  type GivenOptions,
} from '../arguments/index.ts'
import { isHostPortList } from '../host-ports.ts'
import { failureText } from '../java-text.ts'
import { isForRunner, type ToolEnvironment } from '../tool.ts'

const ABOUT = 'Validate that all replicas for a set of topics have the same data.'
const LOGGER = 'org.apache.kafka.tools.ReplicaVerificationTool'

const verificationOptions = {
  ...standardOptions,
  'broker-list': text('REQUIRED: The brokers to begin with, as host:port,host:port.', {
    describedAs: 'hostname:port,...,hostname:port',
  }),
  'fetch-size': integer('How much to read of a partition at a time.', {
    describedAs: 'bytes',
    defaultsTo: 1_048_576,
  }),
  'max-wait-ms': integer('How long a broker may wait for records.', {
    describedAs: 'ms',
    defaultsTo: 1_000,
  }),
  'topic-white-list': text(
    'An old name of --topics-include, which is preferred when both are given.',
    {
      describedAs: 'Java regex (String)',
      defaultsTo: '.*',
    },
  ),
  'topics-include': text('A regular expression for topics.', {
    describedAs: 'Java regex (String)',
    defaultsTo: '.*',
  }),
  time: long('Where to begin: with the first record of this time or later, or a place.', {
    describedAs: 'timestamp/-1(latest)/-2(earliest)',
    defaultsTo: -1,
  }),
  'report-interval-ms': long('How often to tell how it stands.', {
    describedAs: 'ms',
    defaultsTo: 30_000,
  }),
}
export type VerificationOptions = GivenOptions<typeof verificationOptions>

export async function replicaVerification(
  argv: readonly string[],
  environment: ToolEnvironment,
): Promise<number> {
  const { host, terminal } = environment
  const logger = host.log.named(LOGGER)
  logger.warn('This tool is deprecated and may be removed in a future major release.')
  try {
    const given = readOptions(argv, notice => terminal.stderr.write(`${notice}\n`))
    const { verify } = await import('./verify.ts')
    return await verify(given, environment, logger)
  } catch (error) {
    if (isForRunner(error)) throw error
    terminal.stderr.write(failureText(error))
    return 1
  }
}

function readOptions(argv: readonly string[], say: (notice: string) => void): VerificationOptions {
  const given = parseOptions(verificationOptions, argv.length === 0 ? ['--help'] : argv)
  given.notices.forEach(say)
  helpOrVersion(given, argv, ABOUT)
  requireOptions(given, 'broker-list')
  const servers = given.value('broker-list') ?? ''
  if (servers.trim() === '') refuse(given, 'Error while validating the bootstrap address\n')
  if (!isHostPortList(servers)) {
    refuse(given, 'Please provide valid host:port like host1:9091,host2:9092\n')
  }
  return given
}
