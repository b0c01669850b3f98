/** The command line of kafka-configs, and which entity it names. */
import {
  flag,
  helpOrVersion,
  parseOptions,
  refuseTogether,
  requireOneAction,
  standardOptions,
  text,
  type GivenOptions,
} from '../arguments/index.ts'
import { illegalArgument } from '../java-text.ts'

const configOptions = {
  ...standardOptions,
  zookeeper: text(
    'The ZooKeeper of the cluster, as host:port,host:port/chroot, whose nodes are then read and ' +
      'written: for topics, and for brokers that are not running.',
    { describedAs: 'urls' },
  ),
  'bootstrap-server': text('The brokers to begin with, as host:port,host:port.', {
    describedAs: 'server to connect to',
  }),
  'bootstrap-controller': text('Controllers of a cluster without ZooKeeper.', {
    describedAs: 'controller to connect to',
  }),
  'command-config': text('A file with properties of the admin client.', {
    describedAs: 'command config property file',
  }),
  alter: flag('Change a configuration.'),
  describe: flag('Print configurations.'),
  all: flag('With --describe: what has its default too.'),
  'entity-type': text('topics or brokers; the others of Kafka are not there yet.'),
  'entity-name': text('The topic, or the id of the broker.'),
  'entity-default': flag('What holds for all brokers that have nothing of their own.'),
  'add-config': text(
    "What to set: 'name=value,name=[value,value]'. Brackets hold values with commas together.",
  ),
  'add-config-file': text('A properties file with what to set.'),
  'delete-config': text("What goes back to its default: 'name,name'.", { separator: ',' }),
  force: flag('Ask nothing.'),
  topic: text('The topic: short for --entity-type topics --entity-name.'),
  client: text('The id of a client.'),
  'client-defaults': flag('What holds for all clients.'),
  user: text('The name of a user.'),
  'user-defaults': flag('What holds for all users.'),
  broker: text('The id of the broker: short for --entity-type brokers --entity-name.'),
  'broker-defaults': flag('Short for --entity-type brokers --entity-default.'),
  'broker-logger': text('The id of the broker whose loggers are meant.'),
  'ip-defaults': flag('What holds for all addresses.'),
  ip: text('An address.'),
  'zk-tls-config-file': text('A file with the TLS settings for --zookeeper.', {
    describedAs: 'ZooKeeper TLS configuration',
  }),
}

export type ConfigOptions = GivenOptions<typeof configOptions>

const shorthands = [
  ['topic', 'topics'],
  ['client', 'clients'],
  ['user', 'users'],
  ['broker', 'brokers'],
  ['broker-logger', 'broker-loggers'],
  ['ip', 'ips'],
] as const
const defaults = [
  ['client-defaults', 'clients'],
  ['user-defaults', 'users'],
  ['broker-defaults', 'brokers'],
  ['ip-defaults', 'ips'],
] as const

const serverTypes = [
  'topics',
  'clients',
  'users',
  'brokers',
  'ips',
  'broker-loggers',
  'client-metrics',
] as const
/** Kafka 3.9 leaves out topics here, as their brokers can be asked; 2.6 did not. */
const zooKeeperTypes = ['users', 'brokers'] as const

/** What a command is about: `name` is `null` for all of the type, and '' for the default. */
export interface Entity {
  readonly type: 'topics' | 'brokers'
  readonly name: string | null
}

export interface ConfigCommand {
  readonly given: ConfigOptions
  readonly action: 'describe' | 'alter'
  readonly entity: Entity
}

/** @throws OptionError, UsageError, VersionRequested, ToolError */
export function readConfigOptions(
  argv: readonly string[],
  say: (notice: string) => void,
): ConfigCommand {
  const given = parseOptions(configOptions, argv)
  given.notices.forEach(say)
  helpOrVersion(
    given,
    argv,
    'This tool helps to manipulate and describe entity config for a topic, client, user, broker, ' +
      'ip or client-metrics',
  )
  const action = requireOneAction(
    given,
    ['describe', 'alter'],
    'Command must include exactly one action: --describe, --alter',
  ) as ConfigCommand['action']
  refuseTogether(given, 'describe', 'alter', 'add-config', 'delete-config')
  const types = typesIn(given)
  ensureTypes(given, types)
  ensureNamedOnce(given)
  ensureOneServer(given)
  const entity = { type: supported(types), name: nameIn(given) }
  ensureName(entity)
  if (action === 'alter') ensureAlterable(given, entity)
  return { given, action, entity }
}

function typesIn(given: ConfigOptions): string[] {
  const short = [...shorthands, ...defaults].filter(([name]) => given.has(name))
  return [...given.values('entity-type'), ...short.map(([, type]) => type)]
}

function nameIn(given: ConfigOptions): string | null {
  const short = shorthands.find(([name]) => given.has(name))
  if (short !== undefined) return given.value(short[0])
  if (given.has('entity-default') || defaults.some(([name]) => given.has(name))) return ''
  // A second name would belong to a second type, of which topics and brokers have none.
  return given.values('entity-name')[0] ?? null
}

function ensureTypes(given: ConfigOptions, types: readonly string[]): void {
  const repeated = types.filter((type, index) => types.indexOf(type) < index)
  if (repeated.length > 0) {
    throw illegalArgument(`Duplicate entity type(s) specified: ${repeated.join(',')}`)
  }
  const isForServer = given.has('bootstrap-server') || given.has('bootstrap-controller')
  const allowed: readonly string[] = isForServer ? serverTypes : zooKeeperTypes
  const connection = isForServer ? '--bootstrap-server or --bootstrap-controller' : '--zookeeper'
  const isTopicOnZooKeeper = given.has('zookeeper') && types[0] === 'topics'
  for (const type of types) {
    if (allowed.includes(type) || isTopicOnZooKeeper) continue
    throw illegalArgument(
      `Invalid entity type ${type}, the entity type must be one of ${allowed.join(', ')} with a ` +
        `${connection} argument`,
    )
  }
  if (types.length === 0) throw illegalArgument('At least one entity type must be specified')
  if (types.length > 1 && !(types.includes('users') && types.includes('clients'))) {
    throw illegalArgument("Only 'users' and 'clients' entity types may be specified together")
  }
}

function ensureNamedOnce(given: ConfigOptions): void {
  const isLong = (['entity-name', 'entity-type', 'entity-default'] as const).some(name =>
    given.has(name),
  )
  const isShort = [...shorthands, ...defaults].some(([name]) => given.has(name))
  if (!isLong || !isShort) return
  throw illegalArgument(
    '--entity-{type,name,default} should not be used in conjunction with specific entity flags',
  )
}

function ensureOneServer(given: ConfigOptions): void {
  const places = ['bootstrap-server', 'bootstrap-controller', 'zookeeper'] as const
  const count = places.filter(place => given.has(place)).length
  if (count === 0) {
    throw illegalArgument(
      'One of the required --bootstrap-server, --boostrap-controller, or --zookeeper arguments ' +
        'must be specified',
    )
  }
  if (count > 1) {
    throw illegalArgument(
      'Only one of --bootstrap-server, --boostrap-controller, and --zookeeper can be specified',
    )
  }
  if (given.has('bootstrap-controller')) {
    throw illegalArgument(
      '--bootstrap-controller is for clusters without ZooKeeper, which this tool does not know ' +
        'yet. Use --bootstrap-server.',
    )
  }
  if (given.has('all') && given.has('zookeeper')) {
    throw illegalArgument('--bootstrap-server must be specified for --all')
  }
  if (!given.has('zk-tls-config-file')) return
  throw illegalArgument(
    given.has('zookeeper')
      ? '--zk-tls-config-file is not supported yet: ZooKeeper is reached without TLS.'
      : 'Only the --zookeeper option can be used with the --zk-tls-config-file option.',
  )
}

/** @throws ToolError for what Kafka configures and this tool cannot yet */
function supported(types: readonly string[]): Entity['type'] {
  const [type] = types
  if (types.length === 1 && (type === 'topics' || type === 'brokers')) return type
  throw illegalArgument(
    `Configurations of ${types.join(' and ')} are not supported yet, only those of topics and brokers.`,
  )
}

function ensureName({ type, name }: Entity): void {
  if (type !== 'brokers' || name === null || name === '' || /^[+-]?\d{1,10}$/.test(name)) return
  throw illegalArgument(
    `The entity name for brokers must be a valid integer broker id, but it is: ${name}`,
  )
}

function ensureAlterable(given: ConfigOptions, { type, name }: Entity): void {
  if (name === null) {
    throw illegalArgument(
      type === 'brokers'
        ? 'an entity-name or default entity must be specified with --alter of users, clients, ' +
            'brokers or ips'
        : `an entity name must be specified with --alter of ${type}`,
    )
  }
  if (type === 'topics' && name === '') {
    throw illegalArgument(`an entity name must be specified with --alter of ${type}`)
  }
  if (given.has('add-config') && given.has('add-config-file')) {
    throw illegalArgument('Only one of --add-config or --add-config-file must be specified')
  }
  const changes = ['add-config', 'add-config-file', 'delete-config'] as const
  if (changes.some(change => given.has(change))) return
  throw illegalArgument(
    'At least one of --add-config, --add-config-file, or --delete-config must be specified with ' +
      '--alter',
  )
}
