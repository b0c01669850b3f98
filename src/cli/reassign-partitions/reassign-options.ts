/** The command line of kafka-reassign-partitions, and which options go with which action. */
import {
  flag,
  helpOrVersion,
  long,
  parseOptions,
  refuse,
  requireOneAction,
  requireOptions,
  standardOptions,
  text,
  type GivenOptions,
} from '../arguments/index.ts'
import { ToolError } from '../java-text.ts'

const reassignOptions = {
  ...standardOptions,
  generate: flag('Propose replicas for the partitions of topics, and change nothing.'),
  execute: flag('Begin the reassignment that --reassignment-json-file describes.'),
  verify: flag('Tell how far it is; once it is done, remove the throttles.'),
  cancel: flag('Take it back.'),
  list: flag('List all reassignments that are under way.'),
  'bootstrap-server': text('REQUIRED: The brokers to begin with, as host:port,host:port.', {
    describedAs: 'Server(s) to use for bootstrapping',
  }),
  zookeeper: text('Instead of --bootstrap-server the ZooKeeper of the cluster.', {
    describedAs: 'urls',
  }),
  'command-config': text('A file with properties of the admin client.', {
    describedAs: 'Admin client property file',
  }),
  'reassignment-json-file': text(
    'The replicas of partitions, and if wanted their log directories, or any:\n' +
      '{"partitions":\n  [{"topic": "foo", "partition": 1, "replicas": [1,2],\n' +
      '    "log_dirs": ["/dir1","any"]}],\n "version":1\n}',
    { describedAs: 'manual assignment json file path' },
  ),
  'topics-to-move-json-file': text(
    'The topics of --generate:\n{"topics":\n  [{"topic": "foo"},{"topic": "bar"}],\n "version":1\n}',
    { describedAs: 'topics to reassign json file path' },
  ),
  'broker-list': text('The ids of the brokers of --generate, by commas.', {
    describedAs: 'brokerlist',
  }),
  'disable-rack-aware': flag('Propose replicas without regard to racks.'),
  throttle: long('At most so many bytes a second go from broker to broker.', {
    describedAs: 'throttle',
    defaultsTo: -1,
  }),
  'replica-alter-log-dirs-throttle': long(
    'At most so many bytes a second go from one directory of a broker to another.',
    { describedAs: 'replicaAlterLogDirsThrottle', defaultsTo: -1 },
  ),
  timeout: long('How long to try to begin a move between directories, in milliseconds.', {
    describedAs: 'timeout',
    defaultsTo: 10_000,
  }),
  additional: flag('Begin it beside others that are under way, or change their throttle.'),
  'preserve-throttles': flag('Leave the throttles as they are.'),
}
export type ReassignOptions = GivenOptions<typeof reassignOptions>

const actions = ['generate', 'execute', 'verify', 'cancel', 'list'] as const
export type ReassignAction = (typeof actions)[number]
type Name = keyof typeof reassignOptions

const required: Readonly<Record<ReassignAction, readonly Name[]>> = {
  generate: ['topics-to-move-json-file', 'broker-list'],
  execute: ['reassignment-json-file'],
  verify: ['reassignment-json-file'],
  cancel: ['reassignment-json-file'],
  list: [],
}
const permitted: Readonly<Record<ReassignAction, readonly Name[]>> = {
  generate: ['disable-rack-aware', 'zookeeper'],
  execute: [
    ...(['additional', 'throttle', 'replica-alter-log-dirs-throttle', 'timeout'] as const),
    'zookeeper',
  ],
  verify: ['preserve-throttles', 'zookeeper'],
  cancel: ['preserve-throttles', 'timeout'],
  list: [],
}
/** Kafka 2.6 could not do these on ZooKeeper. */
const forBrokersOnly = [
  ...(['additional', 'cancel', 'command-config', 'replica-alter-log-dirs-throttle'] as const),
  ...(['list', 'timeout'] as const),
]

/** @throws UsageError, VersionRequested, OptionError, ToolError */
export function readReassignOptions(argv: readonly string[]): {
  readonly given: ReassignOptions
  readonly action: ReassignAction
} {
  const given = parseOptions(reassignOptions, argv)
  helpOrVersion(given, argv, 'This tool helps to move topic partitions between replicas.')
  const names = actions.map(name => `--${name}`).join(', ')
  const action = requireOneAction(
    given,
    actions,
    `Command must include exactly one action: ${names}`,
  ) as ReassignAction
  if (!given.has('bootstrap-server') && !given.has('zookeeper')) {
    refuse(given, 'Please specify --bootstrap-server')
  }
  requireOptions(given, ...required[action])
  ensurePermitted(given, action)
  if (!given.has('bootstrap-server')) ensureForZooKeeper(given)
  return { given, action }
}

function ensurePermitted(given: ReassignOptions, action: ReassignAction): void {
  const allowed = new Set<string>([
    ...[action, 'bootstrap-server', 'command-config'],
    ...required[action],
    ...permitted[action],
  ])
  const other = (Object.keys(reassignOptions) as Name[]).find(
    name => given.has(name) && !allowed.has(name),
  )
  if (other !== undefined)
    refuse(given, `Option "[${other}]" can't be used with action "[${action}]"`)
}

function ensureForZooKeeper(given: ReassignOptions): void {
  const other = forBrokersOnly.find(name => given.has(name))
  if (other === undefined) return
  throw new ToolError(
    'java.lang.RuntimeException',
    `You must specify --bootstrap-server when using "[${other}]"`,
  )
}
