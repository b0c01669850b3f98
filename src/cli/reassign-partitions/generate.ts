/** `--generate`: replicas for all partitions of topics on the brokers that are named. */
import { KafkaError, type Admin } from '../../client/index.ts'
import { parseJavaInteger } from '../../config/index.ts'
import { assignReplicas, type Broker } from '../../metadata/index.ts'
import { throughFuture, ToolError } from '../java-text.ts'
import { commandFailed, operationError } from '../json-fields.ts'
import type { ReassignRun } from './carry-out.ts'
import { replicasOfTopics } from './known-replicas.ts'
import { assignmentText, duplicatesOf, readTopics, type Assignment } from './reassignment-json.ts'

/** @throws ToolError, KafkaError */
export async function generate(run: ReassignRun): Promise<void> {
  const { admin, given, print } = run
  const ids = readBrokerIds(given.value('broker-list') ?? '')
  const topics = readTopics(run.fileText())
  const current = await replicasOfTopics(admin, topics)
  const brokers = await brokersFor(admin, ids, !given.has('disable-rack-aware'))
  const proposed = propose(current, brokers, below => run.host.random.below(below))
  print(`Current partition replica assignment\n${assignmentText(current)}\n\n`)
  print(`Proposed partition reassignment configuration\n${assignmentText(proposed)}\n`)
}

/** @throws ToolError for what is no number, and for one that is named twice */
export function readBrokerIds(list: string): number[] {
  const ids = list.split(',').map(text => {
    const id = parseJavaInteger(text, 'INT')
    if (id !== undefined) return Number(id)
    throw new ToolError('java.lang.NumberFormatException', `For input string: "${text}"`)
  })
  const twice = duplicatesOf(ids)
  if (twice.length === 0) return ids
  throw commandFailed(`Broker list contains duplicate entries: [${twice.join(', ')}]`)
}

async function brokersFor(
  admin: Admin,
  ids: readonly number[],
  isRackAware: boolean,
): Promise<Broker[]> {
  const { brokers } = await throughFuture(admin.describeCluster())
  const chosen = brokers
    .filter(({ id }) => ids.includes(id))
    .map(({ id, rack }) => ({ id, rack: isRackAware ? rack : null }))
  ensureRacks(chosen)
  return chosen
}

/** All of them have one, or none. @throws ToolError */
export function ensureRacks(brokers: readonly Broker[]): void {
  const without = brokers.filter(({ rack }) => rack === null).length
  if (without === 0 || without === brokers.length) return
  throw operationError(
    'Not all brokers have rack information. Add --disable-rack-aware in command line to make ' +
      'replica assignment without rack information.',
  )
}

/** As many replicas as the first partition of each topic has. @throws KafkaError */
export function propose(
  current: readonly Assignment[],
  brokers: readonly Broker[],
  random: (below: number) => number,
): Assignment[] {
  return [...new Set(current.map(({ topic }) => topic))].flatMap(topic => {
    const partitions = current.filter(one => one.topic === topic)
    const replicationFactor = partitions[0]?.replicas.length ?? 0
    if (replicationFactor > brokers.length) {
      throw new KafkaError(
        'INVALID_REPLICATION_FACTOR',
        `Replication factor: ${replicationFactor} larger than available brokers: ${brokers.length}.`,
      )
    }
    const assigned = assignReplicas({
      brokers,
      firstPartition: 0,
      partitionCount: partitions.length,
      replicationFactor,
      start: random(brokers.length),
      shift: random(brokers.length),
    })
    return Array.from(assigned, ([partition, replicas]) => ({ topic, partition, replicas }))
  })
}
