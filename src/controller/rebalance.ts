/** Elections that nobody's death asks for: of partitions without a leader, and back to first replicas. */
import { Draft, presenceIn } from './draft.ts'
import { preferFirst, repair } from './elect.ts'
import type { ControllerDecision, EventOf } from './events.ts'
import {
  isLeaving,
  NO_LEADER,
  type ControllerSettings,
  type ControllerState,
  type PartitionState,
} from './state.ts'

/** Partitions without a leader get one if by now there is one, or loss was allowed. */
export function decideElectOffline(
  state: ControllerState,
  event: EventOf<'elect-offline'>,
  settings: ControllerSettings,
): ControllerDecision {
  const draft = new Draft(presenceIn(state), settings)
  for (const [topic, { assignment, partitions }] of state.topics) {
    if (isLeaving(state, topic) || (event.topic ?? topic) !== topic) continue
    for (const [partition, before] of partitions) {
      if (before.leader !== NO_LEADER) continue
      const replicas = assignment.replicas.get(partition) ?? []
      const after = repair(before, draft.candidates(topic, partition, replicas))
      if (after !== before) draft.change({ topic, assignment, partition }, before, after)
    }
  }
  return draft.decision([])
}

interface Preferred {
  readonly topic: string
  readonly partition: number
  readonly before: PartitionState
}

/**
 * Gives leadership back to first replicas, broker by broker, where the share of those that are led by
 * another is above `leader.imbalance.per.broker.percentage`.
 */
export function decideRebalance(
  state: ControllerState,
  { imbalancePercent }: EventOf<'rebalance-leaders'>,
  settings: ControllerSettings,
): ControllerDecision {
  const draft = new Draft(presenceIn(state), settings)
  for (const [broker, own] of byPreferred(state)) {
    if (!state.brokers.has(broker)) continue
    const elsewhere = own.filter(({ before }) => before.leader !== broker)
    if (elsewhere.length / own.length <= imbalancePercent / 100) continue
    for (const { topic, partition, before } of elsewhere) {
      const assignment = state.topics.get(topic)?.assignment
      if (assignment === undefined) continue
      const replicas = assignment.replicas.get(partition) ?? []
      const after = preferFirst(before, draft.candidates(topic, partition, replicas))
      if (after !== before) draft.change({ topic, assignment, partition }, before, after)
    }
  }
  return draft.decision([])
}

function byPreferred(state: ControllerState): Map<number, Preferred[]> {
  const result = new Map<number, Preferred[]>()
  for (const [topic, { assignment, partitions }] of state.topics) {
    if (isLeaving(state, topic)) continue
    for (const [partition, before] of partitions) {
      const preferred = assignment.replicas.get(partition)?.[0]
      if (preferred === undefined) continue
      const own = result.get(preferred) ?? []
      result.set(preferred, own)
      own.push({ topic, partition, before })
    }
  }
  return result
}
