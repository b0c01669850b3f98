/** The writes of a controller's decision, as Kafka's znodes. */
import {
  partitionAssignment,
  withPartition,
  type PartitionState,
  type ZnodeWrite,
} from '../controller/index.ts'
import { ZERO_UUID } from '../protocol/index.ts'
import type { ControllerTerm, TopicAssignment, Znodes } from '../znodes/index.ts'

type WriteOf<T extends ZnodeWrite['type']> = Extract<ZnodeWrite, { type: T }>

/**
 * States of partitions first: where an assignment says that a move is under way, another controller goes
 * on with it, whatever of this was written.
 *
 * @throws ZooKeeperError BAD_VERSION when the term is over, or a state is not as it was
 */
export async function writeDecision(
  znodes: Znodes,
  term: ControllerTerm,
  writes: readonly ZnodeWrite[],
): Promise<void> {
  const states = writes.flatMap(write =>
    write.type === 'create-state' || write.type === 'set-state' ? [write] : [],
  )
  if (states.length > 0) {
    await znodes.writeStates(
      term,
      states.map(({ type, topic, partition, state }) => ({
        ...{ topic, partition },
        state: toStored(state, term.epoch),
        version: type === 'create-state' ? undefined : state.partitionEpoch - 1,
      })),
    )
  }
  await writeAssignments(znodes, term, writes)
  for (const write of writes) {
    if (write.type === 'remove-topic') await znodes.removeTopic(term, write.topic)
    if (write.type === 'remove-deletion') await znodes.removeDeletion(term, write.topic)
    if (write.type === 'set-requested-moves') await znodes.writeRequestedMoves(term, write.moves)
    if (write.type === 'remove-requested-elections') await znodes.removeRequestedElections(term)
  }
}

async function writeAssignments(
  znodes: Znodes,
  term: ControllerTerm,
  writes: readonly ZnodeWrite[],
): Promise<void> {
  const byTopic = new Map<string, WriteOf<'set-assignment'>[]>()
  for (const write of writes) {
    if (write.type !== 'set-assignment') continue
    const own = byTopic.get(write.topic) ?? []
    byTopic.set(write.topic, own)
    own.push(write)
  }
  for (const [topic, own] of byTopic)
    await znodes.writeAssignment(term, topic, before => assigned(before, own))
}

function assigned(
  before: TopicAssignment,
  writes: readonly WriteOf<'set-assignment'>[],
): TopicAssignment {
  const { topicId } = before
  let next = { ...before, topicId: topicId ?? ZERO_UUID }
  for (const { partition, assignment } of writes) {
    if (partitionAssignment(next, partition) !== undefined)
      next = { ...withPartition(next, partition, assignment) }
  }
  return { ...next, topicId }
}

function toStored(
  { leader, leaderEpoch, isr, leaderRecoveryState = 0 }: PartitionState,
  controllerEpoch: number,
) {
  return { leader, leaderEpoch, isr, controllerEpoch, leaderRecoveryState }
}
