/** kafka-get-offsets. Mirrors org.apache.kafka.tools.GetOffsetShell. */
import {
  flag,
  helpOrVersion,
  OptionError,
  parseOptions,
  refuse,
  standardOptions,
  text,
  type GivenOptions,
} from '../arguments/index.ts'
import { isHostPortList } from '../host-ports.ts'
import { javaText, messageOf } from '../java-text.ts'
import { isForRunner, type ToolEnvironment } from '../tool.ts'
import { PlainError } from '../plain-error.ts'

const ABOUT = 'An interactive shell for getting topic-partition offsets.'

const offsetOptions = {
  ...standardOptions,
  'broker-list': text(
    'An old name of --bootstrap-server, which is preferred when both are given.',
    { describedAs: 'HOST1:PORT1,...,HOST3:PORT3' },
  ),
  'bootstrap-server': text('The brokers to begin with, as host:port,host:port.', {
    describedAs: 'HOST1:PORT1,...,HOST3:PORT3',
    requiredUnless: ['broker-list'],
  }),
  'topic-partitions': text(
    'Which partitions, by commas: a regular expression for topics, then behind a colon a number, ' +
      'a range as 0-3 (the end excluded), 5- or -3. Either may be left out.',
    { describedAs: 'topic1:1,topic2:0-3,topic3,topic4:5-,topic5:-3' },
  ),
  topic: text('A regular expression for topics; default: all.', { describedAs: 'topic' }),
  partitions: text('Numbers of partitions, by commas; default: all.', {
    describedAs: 'partition ids',
  }),
  time: text('The first record of this time or later, in milliseconds, or a place.', {
    describedAs:
      '<timestamp> / -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or ' +
      'earliest-local / -5 or latest-tiered',
    defaultsTo: 'latest',
  }),
  'command-config': text('A file with properties of the admin client.', {
    describedAs: 'config file',
  }),
  'exclude-internal-topics': flag('Leave out the topics of Kafka itself.'),
}
export type OffsetOptions = GivenOptions<typeof offsetOptions>

export async function getOffsets(
  argv: readonly string[],
  environment: ToolEnvironment,
): Promise<number> {
  const { stdout, stderr } = environment.terminal
  try {
    const given = readOptions(argv, notice => stderr.write(`${notice}\n`))
    const { offsetLines } = await import('./offset-lines.ts')
    for (const line of await offsetLines(given, serversOf(given), environment)) {
      stdout.write(`${line}\n`)
    }
    return 0
  } catch (error) {
    if (isForRunner(error)) throw error
    stderr.write(`Error occurred: ${messageOf(error)}\n`)
    const isExplained = error instanceof PlainError || error instanceof OptionError
    if (!isExplained) stderr.write(`${javaText(error)}\n\n`)
    return 1
  }
}

function readOptions(argv: readonly string[], say: (notice: string) => void): OffsetOptions {
  const given = parseOptions(offsetOptions, argv.length === 0 ? ['--help'] : argv)
  given.notices.forEach(say)
  helpOrVersion(given, argv, ABOUT)
  const servers = serversOf(given)
  if (servers.trim() === '') refuse(given, 'Error while validating the bootstrap address\n')
  if (!isHostPortList(servers)) {
    refuse(given, 'Please provide valid host:port like host1:9091,host2:9092\n')
  }
  return given
}

function serversOf(given: OffsetOptions): string {
  return given.value(given.has('bootstrap-server') ? 'bootstrap-server' : 'broker-list') ?? ''
}
