/** The command line of kafka-transactions. */
import {
  integerArgument,
  longArgument,
  shortArgument,
  textArgument,
  versionArgument,
  type Arguments,
  type Command,
  type GivenArguments,
  type Program,
} from '../arguments/index.ts'

const topic = textArgument('--topic', 'topic name', { isRequired: true })
const partition = integerArgument('--partition', 'partition number', { isRequired: true })

const listArguments = {
  durationFilter: longArgument(
    '--duration-filter',
    'only transactions that have been open for longer than so many milliseconds; all when below 0',
  ),
}

const describeArguments = {
  transactionalId: textArgument('--transactional-id', 'transactional id', { isRequired: true }),
}

const describeProducersArguments = {
  brokerId: integerArgument('--broker-id', 'the replica to ask; default: the leader'),
  topic,
  partition,
}

const abortArguments = {
  topic,
  partition,
  startOffset: longArgument(
    '--start-offset',
    'start offset of the transaction to abort, which is enough for brokers from 3.0 on',
  ),
  producerId: longArgument(
    '--producer-id',
    'producer id; older brokers need it, producer epoch and coordinator epoch',
  ),
  producerEpoch: shortArgument('--producer-epoch', 'producer epoch'),
  coordinatorEpoch: integerArgument('--coordinator-epoch', 'coordinator epoch'),
}

const findHangingArguments = {
  brokerId: integerArgument('--broker-id', 'broker id to search for hanging transactions'),
  maxTransactionTimeout: integerArgument(
    '--max-transaction-timeout',
    'younger transactions do not hang: a number of minutes (15 by default)',
    { defaultsTo: 15 },
  ),
  topic: textArgument('--topic', 'topic to search (required if --partition is given)'),
  partition: integerArgument('--partition', 'partition number'),
}

type ValuesOf<A extends Arguments> = GivenArguments<A>['values']
export type ListValues = ValuesOf<typeof listArguments>
export type DescribeValues = ValuesOf<typeof describeArguments>
export type DescribeProducersValues = ValuesOf<typeof describeProducersArguments>
export type AbortValues = ValuesOf<typeof abortArguments>
export type FindHangingValues = ValuesOf<typeof findHangingArguments>

const command = (help: string, named: Arguments): Command => ({
  description: '',
  help,
  arguments: named,
})

export const transactionsProgram = {
  name: 'kafka-transactions.sh',
  description:
    'This tool shows how producers and their transactions stand, and finds and ends transactions ' +
    'that hang.',
  arguments: {
    version: versionArgument('show the version of Kafka and exit', ['-v', '--version']),
    commandConfig: textArgument(
      '--command-config',
      'property file containing configs of the admin client',
      { metavar: 'FILE' },
    ),
    bootstrapServer: textArgument(
      '--bootstrap-server',
      'the brokers to begin with, as host:port,host:port',
      { metavar: 'host:port', isRequired: true },
    ),
  },
  commandsTitle: 'commands',
  commands: {
    list: command('list transactions', listArguments),
    describe: {
      ...command('describe the state of an active transactional-id', describeArguments),
      description: 'Describe the state of an active transactional-id.',
    },
    'describe-producers': command(
      'describe the states of active producers for a topic partition',
      describeProducersArguments,
    ),
    abort: command('abort a hanging transaction (for administrators)', abortArguments),
    'find-hanging': command('find hanging transactions', findHangingArguments),
  },
} satisfies Program
