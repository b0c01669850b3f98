/** Throttles of replication while partitions are being moved: which replicas of topics, and how fast (KIP-73). */
import type { ConfigAlteration, PartitionReassignment } from '../../client/index.ts'
import { nameOf, type Assignment } from './reassignment-json.ts'

export const LEADER_RATE = 'leader.replication.throttled.rate'
export const FOLLOWER_RATE = 'follower.replication.throttled.rate'
export const LOG_DIR_RATE = 'replica.alter.log.dirs.io.max.bytes.per.second'
export const LEADER_REPLICAS = 'leader.replication.throttled.replicas'
export const FOLLOWER_REPLICAS = 'follower.replication.throttled.replicas'

export const brokerThrottles = [LEADER_RATE, FOLLOWER_RATE, LOG_DIR_RATE]
export const topicThrottles = [LEADER_REPLICAS, FOLLOWER_REPLICAS]

/** Of one partition: where its records come from, and where they go. */
interface Move extends Pick<Assignment, 'topic' | 'partition'> {
  readonly sources: readonly number[]
  readonly destinations: readonly number[]
}

/** Moves under way, and those that are proposed in addition or instead. */
export function movesOf(
  underWay: readonly PartitionReassignment[],
  proposed: readonly Assignment[],
  current: readonly Assignment[],
): Move[] {
  const moves = new Map<string, Move>()
  for (const { topic, partition, replicas, addingReplicas } of underWay) {
    const sources = replicas.filter(id => !addingReplicas.includes(id))
    moves.set(nameOf({ topic, partition }), {
      topic,
      partition,
      sources,
      destinations: addingReplicas,
    })
  }
  const replicasNow = new Map(current.map(one => [nameOf(one), one.replicas]))
  for (const { topic, partition, replicas } of proposed) {
    const name = nameOf({ topic, partition })
    const sources = moves.get(name)?.sources ?? replicasNow.get(name) ?? []
    const destinations = replicas.filter(id => !sources.includes(id))
    moves.set(name, { topic, partition, sources, destinations })
  }
  return [...moves.values()]
}

/** By topic: `partition:broker`, by commas, in the order of the text. */
export function throttledReplicas(moves: readonly Move[], side: 'sources' | 'destinations') {
  const topics = new Map<string, Set<string>>()
  for (const move of moves) {
    const replicas = topics.get(move.topic) ?? new Set()
    for (const id of move[side]) replicas.add(`${move.partition}:${id}`)
    topics.set(move.topic, replicas)
  }
  return new Map(Array.from(topics, ([topic, list]) => [topic, [...list].toSorted().join(',')]))
}

/** All that send or receive. */
export function movingBrokers(moves: readonly Move[]): number[] {
  const ids = moves.flatMap(({ sources, destinations }) => [...sources, ...destinations])
  return [...new Set(ids)].toSorted((left, right) => left - right)
}

export function topicAlterations(moves: readonly Move[]): ConfigAlteration[] {
  const followers = throttledReplicas(moves, 'destinations')
  return Array.from(throttledReplicas(moves, 'sources'), ([name, leaders]) => ({
    resource: { type: 'TOPIC', name },
    ops: [
      { name: LEADER_REPLICAS, value: leaders, op: 'SET' },
      { name: FOLLOWER_REPLICAS, value: followers.get(name) ?? '', op: 'SET' },
    ],
  }))
}

export function rateAlterations(
  brokerIds: readonly number[],
  names: readonly string[],
  rate: number,
): ConfigAlteration[] {
  return brokerIds.map(id => ({
    resource: { type: 'BROKER', name: String(id) },
    ops: names.map(name => ({ name, value: String(rate), op: 'SET' as const })),
  }))
}

export function removals(
  type: 'BROKER' | 'TOPIC',
  names: readonly string[],
  properties: readonly string[],
): ConfigAlteration[] {
  return names.map(name => ({
    resource: { type, name },
    ops: properties.map(property => ({ name: property, op: 'DELETE' as const })),
  }))
}
