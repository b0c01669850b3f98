/**
 * kafka-verifiable-producer: sends growing numbers and prints of each what became of it. Mirrors
 * org.apache.kafka.tools.VerifiableProducer.
 */
import {
  argumentError,
  helpText,
  integerArgument,
  longArgument,
  parseArguments,
  programLevel,
  textArgument,
  type GivenArguments,
  type Program,
} from '../arguments/index.ts'
import { readCommandLine } from '../command-line.ts'
import { connectionArguments } from '../connection-arguments.ts'
import { ToolError } from '../java-text.ts'
import { loadProperties } from '../properties-files.ts'
import type { ToolEnvironment } from '../tool.ts'

const program = {
  name: 'verifiable-producer',
  description:
    'This tool sends growing integers to a topic and prints JSON to stdout about each of them: ' +
    'which were acknowledged, and which were not.',
  showsDefaults: true,
  arguments: {
    topic: textArgument('--topic', 'the topic to send to', { isRequired: true, metavar: 'TOPIC' }),
    ...connectionArguments,
    maxMessages: integerArgument(
      '--max-messages',
      'how many to send; with -1 until the process is told to end',
      { defaultsTo: -1, metavar: 'MAX-MESSAGES' },
    ),
    throughput: integerArgument('--throughput', 'about how many to send a second; below 0: all', {
      defaultsTo: -1,
      metavar: 'THROUGHPUT',
    }),
    acks: integerArgument('--acks', 'the acks that each waits for', {
      defaultsTo: -1,
      choices: [0, 1, -1],
      metavar: 'ACKS',
    }),
    producerConfig: textArgument('--producer.config', 'a file with properties of the producer', {
      metavar: 'CONFIG_FILE',
    }),
    createTime: longArgument(
      '--message-create-time',
      'the time of the first, in milliseconds since 1970; later ones follow it',
      { defaultsTo: -1, metavar: 'CREATETIME' },
    ),
    valuePrefix: integerArgument('--value-prefix', 'stands before each value, with a dot', {
      metavar: 'VALUE-PREFIX',
    }),
    repeatingKeys: integerArgument(
      '--repeating-keys',
      'keys count from 0 up to this number, exclusive, and begin anew',
      { metavar: 'REPEATING-KEYS' },
    ),
  },
} satisfies Program

export type ProducerValues = GivenArguments<typeof program.arguments>['values']

export async function verifiableProducer(
  argv: readonly string[],
  environment: ToolEnvironment,
): Promise<number> {
  if (argv.length === 0) {
    environment.terminal.stdout.write(helpText(programLevel(program)))
    return 0
  }
  const read = readCommandLine(environment, () => {
    const given = parseArguments(program, argv)
    return { notices: given.notices, ...given.values, properties: propertiesOf(given.values) }
  })
  if (typeof read === 'number') return read
  const { produce } = await import('./produce.ts')
  return produce(read, read.properties, environment)

  /** Those of the file go over those of the command line. */
  function propertiesOf(values: ProducerValues): Map<string, string> {
    return new Map([
      ['bootstrap.servers', values.bootstrapServer ?? values.brokerList ?? ''],
      ['acks', String(values.acks)],
      // What is lost must be seen, not mended.
      ['retries', '0'],
      ...fileOf(values.producerConfig),
    ])
  }

  function fileOf(path: string | null): Map<string, string> {
    try {
      return path === null ? new Map<string, string>() : loadProperties(environment.host, path)
    } catch (error) {
      if (!(error instanceof ToolError)) throw error
      throw argumentError(program, error.message)
    }
  }
}
