/**
 * How the leader of a group shares out partitions: every client must come to the same result from the
 * same members. Mirrors RangeAssignor and RoundRobinAssignor.
 */
import { ConfigError } from '../../config/index.ts'
import type { Log } from '../../host/index.ts'
import { groupBy } from '../topic-partition.ts'
import {
  compareMembers,
  compareText,
  type Assignment,
  type Assignor,
  type Subscriber,
} from './assignor.ts'
import { cooperativeStickyAssignor, stickyAssignor } from './sticky-assignor.ts'

/** Each topic in contiguous ranges; the first members get one more where it does not come out even. */
export const rangeAssignor: Assignor = {
  name: 'range',
  assign: (subscribers, partitionCounts) => {
    const assignment = emptyAssignment(subscribers)
    for (const [topic, members] of subscribersByTopic(subscribers)) {
      const count = partitionCounts.get(topic) ?? 0
      const share = Math.floor(count / members.length)
      const extra = count % members.length
      for (const [index, { memberId }] of members.entries()) {
        const start = share * index + Math.min(index, extra)
        const end = start + share + (index < extra ? 1 : 0)
        for (let partition = start; partition < end; partition += 1) {
          assignment.get(memberId)?.push({ topic, partition })
        }
      }
    }
    return assignment
  },
}

/** All partitions of all topics by turns, passing over members that do not read the topic. */
export const roundRobinAssignor: Assignor = {
  name: 'roundrobin',
  assign: (subscribers, partitionCounts) => {
    const assignment = emptyAssignment(subscribers)
    const members = [...subscribers].sort(compareMembers)
    const topics = [...new Set(members.flatMap(member => member.topics))].sort(compareText)
    let turn = 0
    for (const topic of topics) {
      for (let partition = 0; partition < (partitionCounts.get(topic) ?? 0); partition += 1) {
        while (members[turn % members.length]?.topics.includes(topic) !== true) turn += 1
        const { memberId = '' } = members[turn % members.length] ?? {}
        assignment.get(memberId)?.push({ topic, partition })
        turn += 1
      }
    }
    return assignment
  },
}

function emptyAssignment(subscribers: readonly Subscriber[]): Assignment {
  return new Map(subscribers.map(({ memberId }) => [memberId, []]))
}

function subscribersByTopic(subscribers: readonly Subscriber[]): Map<string, Subscriber[]> {
  const pairs = [...subscribers]
    .sort(compareMembers)
    .flatMap(member => [...new Set(member.topics)].map(topic => ({ topic, member })))
  const groups = groupBy(pairs, ({ topic }) => topic)
  return new Map([...groups].map(([topic, group]) => [topic, group.map(({ member }) => member)]))
}

const known: Readonly<Record<string, Assignor>> = {
  range: rangeAssignor,
  roundrobin: roundRobinAssignor,
  sticky: stickyAssignor,
  'cooperative-sticky': cooperativeStickyAssignor,
  'org.apache.kafka.clients.consumer.RangeAssignor': rangeAssignor,
  'org.apache.kafka.clients.consumer.RoundRobinAssignor': roundRobinAssignor,
  'org.apache.kafka.clients.consumer.StickyAssignor': stickyAssignor,
  'org.apache.kafka.clients.consumer.CooperativeStickyAssignor': cooperativeStickyAssignor,
}

/** What a member gives up before it joins a rebalance: everything, or only what it does not subscribe to any more. */
export type RebalanceProtocol = 'eager' | 'cooperative'

/**
 * As ConsumerCoordinator chooses: the most advanced that all its assignors know. One that knows only the
 * eager one makes the member eager, which is how a group goes over without a halt: propose both, then one.
 */
export function rebalanceProtocolOf(assignors: readonly Assignor[]): RebalanceProtocol {
  return assignors.every(({ isCooperative }) => isCooperative === true) ? 'cooperative' : 'eager'
}

/**
 * Those of `partition.assignment.strategy` that are known here, in the same order: members of other
 * makes agree on one that all of them know.
 *
 * @throws ConfigError when none is known
 */
export function assignorsNamed(names: readonly string[], log: Log): readonly Assignor[] {
  const property = 'partition.assignment.strategy'
  const found: Assignor[] = []
  for (const name of names) {
    const assignor = Object.hasOwn(known, name) ? known[name] : undefined
    if (assignor !== undefined) found.push(assignor)
    else log.info(`${property}: ${name} is not known here and not proposed to the group`)
  }
  if (found.length > 0) return found
  throw new ConfigError(
    `Invalid value ${names.join(',')} for configuration ${property}: range, roundrobin, sticky and cooperative-sticky are known`,
    { property, value: names.join(',') },
  )
}
