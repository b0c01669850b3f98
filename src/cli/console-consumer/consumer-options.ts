/** The command line of kafka-console-consumer. */
import type { Random } from '../../host/index.ts'
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
import { messageOf, ToolError } from '../java-text.ts'

export const DEFAULT_FORMATTER = 'org.apache.kafka.tools.consumer.DefaultMessageFormatter'
const MAX_RANDOM_GROUP = 100_000

const consumerOptions = {
  ...standardOptions,
  topic: text('The topic to read.', { describedAs: 'topic' }),
  whitelist: text('An old name of --include, which is preferred when both are given.', {
    describedAs: 'Java regex (String)',
  }),
  include: text('A regular expression: topics whose whole name matches are read.', {
    describedAs: 'Java regex (String)',
  }),
  partition: integer('The one partition to read, from its end unless --offset says otherwise.', {
    describedAs: 'partition',
  }),
  offset: text('Where to begin in the partition: a number, earliest or latest.', {
    describedAs: 'consume offset',
    defaultsTo: 'latest',
  }),
  'consumer-property': text('A property of the consumer, as name=value.', {
    describedAs: 'consumer_prop',
  }),
  'consumer.config': text('A file with such properties; --consumer-property goes over it.', {
    describedAs: 'config file',
  }),
  formatter: text('The name of the class that makes text of records.', {
    describedAs: 'class',
    defaultsTo: DEFAULT_FORMATTER,
  }),
  property: text(
    'How records are printed, as name=value; may be given several times:\n' +
      ' print.timestamp=true|false\n print.key=true|false\n print.offset=true|false\n' +
      ' print.partition=true|false\n print.headers=true|false\n print.value=true|false\n' +
      ' key.separator=<text>\n line.separator=<text>\n headers.separator=<text>\n' +
      ' null.literal=<text>\n key.deserializer=<class>\n value.deserializer=<class>\n' +
      ' headers.deserializer=<class>',
    { describedAs: 'prop' },
  ),
  'formatter-config': text('A file with such properties; --property goes over it.', {
    describedAs: 'config file',
  }),
  'from-beginning': flag(
    'Where the group has no offset yet: begin with the oldest record, not behind the newest.',
  ),
  'max-messages': integer('After how many records to end.', { describedAs: 'num_messages' }),
  'timeout-ms': long('End when no record came for so long.', { describedAs: 'timeout_ms' }),
  'skip-message-on-error': flag('Go on with the next record when one cannot be printed.'),
  'bootstrap-server': text('The brokers to begin with, as host:port,host:port.', {
    describedAs: 'server to connect to',
  }),
  'key-deserializer': text('The class that reads keys.', { describedAs: 'deserializer for key' }),
  'value-deserializer': text('The class that reads values.', {
    describedAs: 'deserializer for values',
  }),
  'enable-systest-events': flag('Print shutdown_complete in the end.'),
  'isolation-level': text('read_committed: leave out records of transactions that are not.', {
    defaultsTo: 'read_uncommitted',
  }),
  group: text('The group to read as a member of.', { describedAs: 'consumer group id' }),
}

/** Two options that exclude each other: its message alone is printed. */
export class ContradictionError extends Error {
  override readonly name = 'ContradictionError'
  readonly code = 'CONTRADICTION'
}

export type ConsumerOptions = GivenOptions<typeof consumerOptions>

/** @throws UsageError, VersionRequested; OptionError for an argument that is not of its type */
export function readConsumerOptions(
  argv: readonly string[],
  say: (notice: string) => void,
): ConsumerOptions {
  const given = parse(argv)
  given.notices.forEach(say)
  helpOrVersion(
    given,
    argv,
    'This tool helps to read data from Kafka topics and outputs it to standard output.',
  )
  ensureSource(given)
  ensurePlace(given)
  requireOptions(given, 'bootstrap-server')
  return given
}

function parse(argv: readonly string[]): ConsumerOptions {
  try {
    return parseOptions(consumerOptions, argv)
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    throw new UsageError(error.message, usageOf(consumerOptions))
  }
}

/** `--include`, or its old name. */
export function includedTopics(given: ConsumerOptions): string | null {
  return given.value(given.has('include') ? 'include' : 'whitelist')
}

/** @throws ToolError for a pattern that is none */
export function topicPattern(source: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`)
  } catch (error) {
    const message = `${source} is no regular expression: ${messageOf(error).replace(/^.*\/: /, '')}`
    throw new ToolError('java.util.regex.PatternSyntaxException', message, error)
  }
}

function ensureSource(given: ConsumerOptions): void {
  given.value('topic') // Given twice, it ends the tool before anything else is looked at.
  if (given.has('topic') === (includedTopics(given) !== null)) {
    const advice = given.has('whitelist')
      ? '--whitelist is DEPRECATED use --include instead; ignored if --include specified.'
      : ''
    refuse(given, `Exactly one of --include/--topic is required. ${advice}`)
  }
}

function ensurePlace(given: ConsumerOptions): void {
  if (given.value('partition') === null) {
    if (given.has('offset')) refuse(given, 'The partition is required when offset is specified.')
    return
  }
  if (!given.has('topic')) refuse(given, 'The topic is required when partition is specified.')
  if (given.has('from-beginning') && given.has('offset')) {
    refuse(given, 'Options from-beginning and offset cannot be specified together.')
  }
}

/** Where to begin in a partition. @throws UsageError for what is no place */
export function startOf(given: ConsumerOptions): 'earliest' | 'latest' | number {
  if (!given.has('offset')) return given.has('from-beginning') ? 'earliest' : 'latest'
  const offset = given.value('offset')
  const word = offset.toLowerCase()
  if (word === 'earliest' || word === 'latest') return word
  if (/^\+?\d+$/.test(offset) && Number.isSafeInteger(Number(offset))) return Number(offset)
  return refuse(
    given,
    `The provided offset value '${offset}' is incorrect. Valid values are 'earliest', 'latest', ` +
      'or a non-negative long.',
  )
}

/**
 * What the consumer is made with: the file, properties over it, options over both.
 *
 * @throws UsageError when the group is named differently in two places; ToolError when the start is
 */
export function consumerProperties(
  given: ConsumerOptions,
  file: ReadonlyMap<string, string>,
  random: Random,
): Map<string, string> {
  const extra = parseKeyValues(given.values('consumer-property'))
  const groups = groupsNamed(given, [file, extra])
  const properties = new Map([...file, ...extra])
  setReset(properties, given)
  properties.set('bootstrap.servers', given.value('bootstrap-server') ?? '')
  if (!properties.has('client.id')) properties.set('client.id', 'console-consumer')
  mergeOption(properties, 'isolation.level', given, 'isolation-level')
  const [group] = groups
  properties.set('group.id', group ?? `console-consumer-${random.below(MAX_RANDOM_GROUP)}`)
  // Nobody will ask where a group with a random name had come to.
  if (group === undefined && !properties.has('enable.auto.commit')) {
    properties.set('enable.auto.commit', 'false')
  }
  return properties
}

function groupsNamed(
  given: ConsumerOptions,
  places: readonly ReadonlyMap<string, string>[],
): readonly string[] {
  const named = [given.value('group'), ...places.map(place => place.get('group.id') ?? null)]
  const groups = [...new Set(named.filter(name => name !== null))]
  if (groups.length > 1) {
    refuse(
      given,
      "The group ids provided in different places (directly using '--group', via " +
        "'--consumer-property', or via '--consumer.config') do not match. Detected group ids: " +
        groups.map(group => `'${group}'`).join(', '),
    )
  }
  if (groups.length > 0 && given.value('partition') !== null) {
    refuse(given, 'Options group and partition cannot be specified together.')
  }
  return groups
}

function setReset(properties: Map<string, string>, given: ConsumerOptions): void {
  const reset = properties.get('auto.offset.reset')
  const isFromBeginning = given.has('from-beginning')
  if (reset === undefined) {
    properties.set('auto.offset.reset', isFromBeginning ? 'earliest' : 'latest')
  } else if (isFromBeginning && reset !== 'earliest') {
    throw new ContradictionError(
      `Can't simultaneously specify --from-beginning and 'auto.offset.reset=${reset}', please ` +
        'remove one option',
    )
  }
}

/** How records are printed: the file, deserializers named as options over it, properties over both. */
export function formatterProperties(
  given: ConsumerOptions,
  file: ReadonlyMap<string, string>,
): Map<string, string> {
  const properties = new Map(file)
  for (const part of ['key', 'value'] as const) {
    const name = given.value(`${part}-deserializer`)
    if (name !== null && name !== '') properties.set(`${part}.deserializer`, name)
  }
  for (const [name, value] of parseKeyValues(given.values('property'))) properties.set(name, value)
  return properties
}
