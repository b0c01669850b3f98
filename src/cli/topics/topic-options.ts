/** The command line of kafka-topics: Kafka 3.9's, and `--zookeeper` with what belongs to it from 2.6. */
import {
  flag,
  helpOrVersion,
  integer,
  parseOptions,
  refuseCombination,
  refuseTogether,
  requireOneAction,
  requireOptions,
  refuse,
  standardOptions,
  text,
  type GivenOptions,
} from '../arguments/index.ts'
import { illegalArgument } from '../java-text.ts'

const CONFIGS_TOOL =
  ' (the kafka-configs CLI supports altering topic configs with a --bootstrap-server option)'

export const topicOptions = {
  ...standardOptions,
  'bootstrap-server': text('The brokers to begin with, as host:port,host:port.', {
    describedAs: 'server to connect to',
  }),
  zookeeper: text(
    'The ZooKeeper of the cluster, as host:port,host:port/chroot. The command then works on the ' +
      'nodes there, as it did up to Kafka 2.8.',
    { describedAs: 'hosts' },
  ),
  'command-config': text('A file with properties of the admin client.', {
    describedAs: 'command config property file',
  }),
  list: flag('Print the names of all topics.'),
  create: flag('Create a topic.'),
  delete: flag('Delete topics.'),
  alter: flag(
    'Give topics more partitions. With --zookeeper also: change their configuration' +
      `${CONFIGS_TOOL}.`,
  ),
  describe: flag('Print details of topics.'),
  topic: text(
    'The topic. To list, describe, alter and delete it is a regular expression; escape what ' +
      'has a meaning there, e.g. "test\\.topic".',
    { describedAs: 'topic' },
  ),
  'topic-id': text('The id of the topic to describe.', { describedAs: 'topic-id' }),
  config: text(
    'A property of the new topic that differs from the default of the brokers; may be given ' +
      `several times${CONFIGS_TOOL}.`,
    { describedAs: 'name=value' },
  ),
  'delete-config': text(
    'With --alter and --zookeeper: a property to go back to the default of the brokers.',
    { describedAs: 'name' },
  ),
  partitions: integer(
    'How many partitions the topic shall have; for a new one the default is that of the cluster. ' +
      'More partitions change which keys go where.',
    { describedAs: '# of partitions' },
  ),
  'replication-factor': integer(
    'How many replicas a partition of the new topic has; the default is that of the cluster.',
    { describedAs: 'replication factor' },
  ),
  'replica-assignment': text('Which brokers hold which partition, by hand.', {
    describedAs:
      'broker_id_for_part1_replica1 : broker_id_for_part1_replica2 , ' +
      'broker_id_for_part2_replica1 : broker_id_for_part2_replica2 , ...',
  }),
  'under-replicated-partitions': flag('Describe only partitions that miss a replica in sync.'),
  'unavailable-partitions': flag('Describe only partitions whose leader is not available.'),
  'under-min-isr-partitions': flag('Describe only partitions with fewer in sync than they need.'),
  'at-min-isr-partitions': flag('Describe only partitions with just as many in sync as they need.'),
  'topics-with-overrides': flag('Describe only topics that have a configuration of their own.'),
  'if-exists': flag('To alter, delete or describe: no topic is no error.'),
  'if-not-exists': flag('To create: a topic that is there is no error.'),
  'exclude-internal': flag('To list or describe: leave out the topics of Kafka itself.'),
  'partition-size-limit-per-response': integer(
    'How many partitions a broker may describe in one answer.',
    { describedAs: 'maximum number of partitions in one response.' },
  ),
  'disable-rack-aware': flag('With --zookeeper: place replicas without regard to racks.'),
  force: flag('With --zookeeper: ask nothing.'),
}

type Name = keyof typeof topicOptions
export type TopicOptions = GivenOptions<typeof topicOptions>

const actions = ['create', 'list', 'alter', 'describe', 'delete'] as const
export type TopicAction = (typeof actions)[number]
const reports = [
  'under-replicated-partitions',
  'under-min-isr-partitions',
  'at-min-isr-partitions',
  'unavailable-partitions',
] as const

/**
 * `say` is told what was read differently than it stands.
 *
 * @throws OptionError, UsageError, VersionRequested; ToolError when there is no server
 */
export function readTopicOptions(
  argv: readonly string[],
  say: (notice: string) => void,
): {
  given: TopicOptions
  action: TopicAction
} {
  const given = parseOptions(topicOptions, argv)
  given.notices.forEach(say)
  helpOrVersion(
    given,
    argv,
    argv.length === 0
      ? 'Create, delete, describe, or change a topic.'
      : 'This tool helps to create, delete, describe, or change a topic.',
  )
  const action = requireOneAction(
    given,
    actions,
    'Command must include exactly one action: --list, --describe, --create, --alter or --delete',
  ) as TopicAction
  ensureServer(given)
  ensureRequired(given, action)
  ensureConsistent(given, action)
  return { given, action }
}

function ensureServer(given: TopicOptions): void {
  if (given.has('bootstrap-server') && given.has('zookeeper')) {
    throw illegalArgument('Only one of --bootstrap-server or --zookeeper must be specified')
  }
  if (!given.has('bootstrap-server') && !given.has('zookeeper')) {
    throw illegalArgument('--bootstrap-server must be specified')
  }
}

function ensureRequired(given: TopicOptions, action: TopicAction): void {
  if (action === 'describe' && given.has('if-exists')) ensureNamed(given)
  if (action !== 'list' && action !== 'describe') requireOptions(given, 'topic')
  if (given.has('zookeeper')) {
    if (action === 'create' && !given.has('replica-assignment')) {
      requireOptions(given, 'partitions', 'replication-factor')
    }
    return
  }
  if (action !== 'alter') return
  refuseCombination(given, {
    used: ['bootstrap-server', 'config'],
    invalid: ['alter'],
    addition: CONFIGS_TOOL,
  })
  requireOptions(given, 'partitions')
}

function ensureNamed(given: TopicOptions): void {
  if (given.has('zookeeper')) requireOptions(given, 'topic')
  else if (!given.has('topic') && !given.has('topic-id')) {
    refuse(given, '--topic or --topic-id is required to describe a topic')
  }
}

/** What each option goes together with; and, behind it, what it cannot stand beside. */
const allowedActions: readonly (readonly [Name, readonly TopicAction[], ...Name[]])[] = [
  ['config', ['alter', 'create']],
  ['delete-config', ['alter'], 'bootstrap-server'],
  ['partitions', ['alter', 'create']],
  ['replication-factor', ['create']],
  ['replica-assignment', ['alter', 'create']],
  ['under-replicated-partitions', ['describe'], 'topics-with-overrides'],
  ['under-min-isr-partitions', ['describe'], 'topics-with-overrides', 'zookeeper'],
  ['at-min-isr-partitions', ['describe'], 'topics-with-overrides', 'zookeeper'],
  ['unavailable-partitions', ['describe'], 'topics-with-overrides'],
  ['topics-with-overrides', ['describe'], ...reports],
  ['topic-id', ['describe'], 'zookeeper'],
  ['if-exists', ['alter', 'delete', 'describe']],
  ['if-not-exists', ['create']],
  ['exclude-internal', ['list', 'describe']],
  ['command-config', actions, 'zookeeper'],
  ['partition-size-limit-per-response', ['describe'], 'zookeeper'],
  ['disable-rack-aware', ['create'], 'bootstrap-server'],
  ['force', actions, 'bootstrap-server'],
]

function ensureConsistent(given: TopicOptions, action: TopicAction): void {
  for (const [name, allowed, ...apart] of allowedActions) {
    refuseTogether(given, name, ...actions.filter(one => !allowed.includes(one)), ...apart)
    if (name === 'replica-assignment' && action === 'create') {
      refuseTogether(given, name, 'partitions', 'replication-factor')
    }
  }
}
