/**
 * kafka-verifiable-consumer: reads a topic as a member of a group and prints what happens to it.
 * Mirrors org.apache.kafka.tools.VerifiableConsumer.
 */
import {
  argumentError,
  helpText,
  integerArgument,
  parseArguments,
  programLevel,
  switchArgument,
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
  name: 'verifiable-consumer',
  description:
    'This tool reads a topic and prints JSON to stdout about what happens: rebalances, records, ' +
    'and offsets that are committed.',
  showsDefaults: true,
  arguments: {
    ...connectionArguments,
    topic: textArgument('--topic', 'the topic to read', { isRequired: true, metavar: 'TOPIC' }),
    groupProtocol: textArgument(
      '--group-protocol',
      'group protocol (must be one of CLASSIC, CONSUMER)',
      { defaultsTo: 'classic', metavar: 'GROUP_PROTOCOL' },
    ),
    groupRemoteAssignor: textArgument(
      '--group-remote-assignor',
      'assignor of the broker; only used if the group protocol is CONSUMER',
      { metavar: 'GROUP_REMOTE_ASSIGNOR' },
    ),
    groupId: textArgument('--group-id', 'the group that its members share', {
      isRequired: true,
      metavar: 'GROUP_ID',
    }),
    groupInstanceId: textArgument('--group-instance-id', 'the name of a static member', {
      metavar: 'GROUP_INSTANCE_ID',
    }),
    maxMessages: integerArgument(
      '--max-messages',
      'how many to read; with -1 until the process is told to end',
      { defaultsTo: -1, metavar: 'MAX-MESSAGES' },
    ),
    sessionTimeout: integerArgument('--session-timeout', 'the session timeout of the member', {
      defaultsTo: 30_000,
      metavar: 'TIMEOUT_MS',
    }),
    verbose: switchArgument('--verbose', 'print each record'),
    useAutoCommit: switchArgument('--enable-autocommit', 'let the consumer commit by itself'),
    resetPolicy: textArgument(
      '--reset-policy',
      'where to begin without an offset: earliest, latest, or none',
      { defaultsTo: 'earliest' },
    ),
    assignmentStrategy: textArgument(
      '--assignment-strategy',
      'class of the assignor; only used if the group protocol is CLASSIC',
      { defaultsTo: 'org.apache.kafka.clients.consumer.RangeAssignor' },
    ),
    consumerConfig: textArgument(
      '--consumer.config',
      'a file with properties of the consumer; those that have an option go by the option',
      { metavar: 'CONFIG_FILE' },
    ),
  },
} satisfies Program

export type ConsumerValues = GivenArguments<typeof program.arguments>['values']

export async function verifiableConsumer(
  argv: readonly string[],
  environment: ToolEnvironment,
): Promise<number> {
  if (argv.length === 0) {
    environment.terminal.stdout.write(helpText(programLevel(program)))
    return 0
  }
  const read = readCommandLine(environment, () => {
    const { notices, values } = parseArguments(program, argv)
    const properties = new Map([...fileOf(values.consumerConfig), ...propertiesOf(values)])
    return { notices, ...values, properties }
  })
  if (typeof read === 'number') return read
  const { consume } = await import('./consume.ts')
  return consume(read, read.properties, environment)

  function fileOf(path: string | null): Map<string, string> {
    try {
      return path === null ? new Map<string, string>() : loadProperties(environment.host, path)
    } catch (error) {
      if (!(error instanceof ToolError)) throw error
      throw argumentError(program, error.message)
    }
  }
}

function propertiesOf(values: ConsumerValues): Map<string, string> {
  const properties = new Map([
    ['group.id', values.groupId],
    ['bootstrap.servers', values.bootstrapServer ?? values.brokerList ?? ''],
    ['enable.auto.commit', String(values.useAutoCommit)],
    ['auto.offset.reset', values.resetPolicy],
    ['session.timeout.ms', String(values.sessionTimeout)],
  ])
  if (values.groupProtocol.toLowerCase() === 'consumer') {
    properties.set('group.protocol', values.groupProtocol)
    const assignor = values.groupRemoteAssignor
    if (assignor !== null) properties.set('group.remote.assignor', assignor)
  } else properties.set('partition.assignment.strategy', values.assignmentStrategy)
  const instance = values.groupInstanceId
  if (instance !== null) properties.set('group.instance.id', instance)
  return properties
}
