/** Configurations of topics and brokers, as the brokers tell and take them. */
import {
  KafkaError,
  unwrap,
  type Admin,
  type ConfigEntry,
  type ConfigOutcome,
  type ConfigResource,
  type ConfigSource,
} from '../../client/index.ts'
import { topicNameProblem } from '../../metadata/index.ts'
import { openAdmin } from '../admin-client.ts'
import { javaText, ToolError } from '../java-text.ts'
import type { ToolEnvironment } from '../tool.ts'
import { ensureSet, readChanges } from './config-changes.ts'
import type { ConfigCommand, Entity } from './config-options.ts'

const DESCRIBE_TIMEOUT_MS = 30_000
const ALTER_TIMEOUT_MS = 30_000

/** @throws ToolError, wrapped as Java has it where the cluster answered with an error */
export async function onBrokers(
  command: ConfigCommand,
  environment: ToolEnvironment,
): Promise<void> {
  const { given, action } = command
  const admin = await openAdmin(environment.host, {
    bootstrapServers: given.value('bootstrap-server') ?? '',
    configFile: given.value('command-config'),
  })
  const print = (text: string) => environment.terminal.stdout.write(text)
  try {
    if (action === 'describe') await describe(admin, command, print)
    else await alter(admin, command, environment, print)
  } finally {
    await admin.close()
  }
}

async function describe(
  admin: Admin,
  { given, entity }: ConfigCommand,
  print: (text: string) => void,
): Promise<void> {
  const isAll = given.has('all')
  for (const name of await namesOf(admin, entity)) {
    const what = `${isAll ? 'All' : 'Dynamic'} configs for ${entity.type.slice(0, -1)} ${name}`
    print(
      name === '' ? `Default configs for ${entity.type} in the cluster are:\n` : `${what} are:\n`,
    )
    for (const entry of await entriesOf(admin, { ...entity, name }, isAll)) {
      const synonyms = entry.synonyms
        .map(({ source, name: synonym, value }) => `${source}:${synonym}=${value ?? 'null'}`)
        .join(', ')
      print(
        `  ${entry.name}=${entry.value ?? 'null'} sensitive=${entry.isSensitive} ` +
          `synonyms={${synonyms}}\n`,
      )
    }
  }
}

/** All of the type when none is named; of brokers their default too. */
async function namesOf(admin: Admin, { type, name }: Entity): Promise<readonly string[]> {
  if (name !== null) return [name]
  if (type === 'topics') {
    const topics = await inJava(admin.listTopics({ listInternal: true }))
    return topics.map(topic => topic.name)
  }
  const { brokers } = await inJava(admin.describeCluster())
  return [...brokers.map(({ id }) => String(id)), '']
}

/** Sorted; only what was set for the entity itself, unless all are asked for. */
async function entriesOf(
  admin: Admin,
  { type, name }: Entity & { name: string },
  isAll: boolean,
): Promise<readonly ConfigEntry[]> {
  if (type === 'topics') ensureTopicName(name)
  const resource: ConfigResource = { type: type === 'topics' ? 'TOPIC' : 'BROKER', name }
  const options = { includeSynonyms: true, timeoutMs: DESCRIBE_TIMEOUT_MS }
  const [outcome] = await inJava(admin.describeConfigs([resource], options))
  const entries = outcome === undefined ? [] : unwrapConfigs(outcome)
  const own = ownSource(type, name)
  return entries
    .filter(entry => isAll || entry.source === own)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function ownSource(type: Entity['type'], name: string): ConfigSource {
  if (type === 'topics') return 'DYNAMIC_TOPIC_CONFIG'
  return name === '' ? 'DYNAMIC_DEFAULT_BROKER_CONFIG' : 'DYNAMIC_BROKER_CONFIG'
}

function ensureTopicName(name: string): void {
  const problem = topicNameProblem(name)
  if (problem === undefined) return
  throw new ToolError(
    'org.apache.kafka.common.errors.InvalidTopicException',
    `Topic name is invalid: ${problem}`,
  )
}

async function alter(
  admin: Admin,
  { given, entity }: ConfigCommand,
  { host }: ToolEnvironment,
  print: (text: string) => void,
): Promise<void> {
  const { added, deleted } = readChanges(given, host)
  const { type, name } = { ...entity, name: entity.name ?? '' }
  const existing = await entriesOf(admin, { type, name }, false)
  ensureSet(deleted, property => existing.some(entry => entry.name === property))
  const resource: ConfigResource = { type: type === 'topics' ? 'TOPIC' : 'BROKER', name }
  const ops = [
    ...Array.from(added, ([property, value]) => ({ name: property, value, op: 'SET' as const })),
    ...deleted.map(property => ({ name: property, value: '', op: 'DELETE' as const })),
  ]
  const outcomes = await inJava(
    admin.incrementalAlterConfigs([{ resource, ops }], { timeoutMs: ALTER_TIMEOUT_MS }),
  )
  await inJava(Promise.resolve(outcomes).then(all => all.forEach(unwrap)))
  print(
    name === ''
      ? `Completed updating default config for ${type} in the cluster.\n`
      : `Completed updating config for ${type.slice(0, -1)} ${name}.\n`,
  )
}

/** What a future of Java's fails with comes wrapped. */
async function inJava<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise
  } catch (error) {
    // Java waits for its future no longer than we for the answer, and then has nothing to say.
    if (error instanceof KafkaError && error.code === 'REQUEST_TIMED_OUT') {
      throw new ToolError('java.util.concurrent.TimeoutException', '', error)
    }
    throw new ToolError('java.util.concurrent.ExecutionException', javaText(error), error)
  }
}

/** @throws ToolError, wrapped as Java has it */
function unwrapConfigs(outcome: ConfigOutcome<readonly ConfigEntry[]>): readonly ConfigEntry[] {
  if (outcome.ok) return outcome.value
  const { error } = outcome
  // Brokers answer without a text about a topic that is not there, and Java puts none in its place.
  const isMissing = error.code === 'UNKNOWN_TOPIC_OR_PARTITION'
  const text = isMissing ? `${error.exceptionName}: ` : javaText(error)
  throw new ToolError('java.util.concurrent.ExecutionException', text, error)
}
