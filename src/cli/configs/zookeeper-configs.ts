/** Configurations of topics, and of brokers that are not running, on the nodes in ZooKeeper. */
import { validateTopicOverrides } from '../../config/index.ts'
import type { Znodes } from '../../znodes/index.ts'
import { illegalArgument, ToolError } from '../java-text.ts'
import type { ToolEnvironment } from '../tool.ts'
import { openZnodes } from '../zookeeper-connection.ts'
import { ensureSet, readChanges, type ConfigChanges } from './config-changes.ts'
import type { ConfigCommand, Entity } from './config-options.ts'

/** The node of what holds for all brokers. */
const DEFAULT_NODE = '<default>'
const nodeOf = (name: string) => (name === '' ? DEFAULT_NODE : name)

/** @throws ToolError, ConfigError */
export async function onZooKeeper(
  command: ConfigCommand,
  { host, terminal }: ToolEnvironment,
): Promise<void> {
  const print = (text: string) => terminal.stdout.write(text)
  const { given, action, entity } = command
  const { znodes, close } = await openZnodes(host, given.value('zookeeper') ?? '')
  try {
    if (action === 'describe') await describe(znodes, entity, print)
    else await alter(znodes, entity, readChanges(given, host), print)
  } finally {
    await close()
  }
}

async function describe(
  znodes: Znodes,
  { type, name }: Entity,
  print: (text: string) => void,
): Promise<void> {
  if (type === 'brokers') {
    await ensureStopped(
      znodes,
      name ?? '',
      '--bootstrap-server option must be specified to describe brokers',
    )
  }
  const nodes = name === null ? await znodes.configEntities(type) : [nodeOf(name)]
  for (const node of nodes) {
    const config = await znodes.readConfig(type, node)
    const pairs = Array.from(config, ([property, value]) => `${property}=${value}`)
    print(`Configs for ${titleOf(type, node)} are ${pairs.toSorted().join(',')}\n`)
  }
}

function titleOf(type: Entity['type'], node: string): string {
  const kind = type === 'topics' ? 'topic' : 'brokers'
  return node === DEFAULT_NODE ? `default ${kind}` : `${kind} '${node}'`
}

async function alter(
  znodes: Znodes,
  { type, name }: Entity,
  changes: ConfigChanges,
  print: (text: string) => void,
): Promise<void> {
  const node = nodeOf(name ?? '')
  if (type === 'brokers') await ensureStopped(znodes, name ?? '', alterHint(changes))
  const config = await znodes.readConfig(type, node)
  ensureSet(changes.deleted, property => config.has(property))
  for (const [property, value] of changes.added) config.set(property, value)
  for (const property of changes.deleted) config.delete(property)
  if (type === 'topics') {
    await ensureTopic(znodes, node)
    validateTopicOverrides(new Map(), config)
  }
  await znodes.writeConfig(type, node, config, { notify: true })
  print(`Completed updating config for entity: ${titleOf(type, node)}.\n`)
}

function alterHint({ added, deleted }: ConfigChanges): string {
  const pairs = Array.from(added, ([property, value]) => `${property}=${value}`).join(', ')
  return (
    '--bootstrap-server option must be specified to update brokers configs: ' +
    `{add: {${pairs}}, delete: List(${deleted.join(', ')})}`
  )
}

/** A running broker would not hear of it. */
async function ensureStopped(znodes: Znodes, name: string, hint: string): Promise<void> {
  const running = await znodes.brokers()
  const isRunning = name === '' ? running.length > 0 : running.some(({ id }) => String(id) === name)
  if (!isRunning) return
  const who = name === '' ? `${running.length} brokers are` : `broker ${name} is`
  throw illegalArgument(
    `requirement failed: ${hint} - ${who} running. Broker configuration operations using ` +
      'ZooKeeper are only supported if the affected broker(s) are not running.',
  )
}

async function ensureTopic(znodes: Znodes, topic: string): Promise<void> {
  if ((await znodes.topic(topic)) !== undefined) return
  throw new ToolError(
    'org.apache.kafka.common.errors.UnknownTopicOrPartitionException',
    `Topic '${topic}' does not exist.`,
  )
}
