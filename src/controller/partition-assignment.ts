/**
 * The replicas of one partition while they are on the move (KIP-455): those that shall hold it stand
 * first, behind them those that still do. Kafka's ReplicaAssignment.
 */
import type { Assignment, PartitionState } from './state.ts'

export interface PartitionAssignment {
  /** All that hold the partition, or are to. */
  readonly replicas: readonly number[]
  readonly addingReplicas: readonly number[]
  readonly removingReplicas: readonly number[]
}

const without = (ids: readonly number[], others: readonly number[]): number[] =>
  ids.filter(id => !others.includes(id))

const none: readonly number[] = []

/** `undefined` for a partition that the topic does not have. */
export function partitionAssignment(
  { replicas, addingReplicas, removingReplicas }: Assignment,
  partition: number,
): PartitionAssignment | undefined {
  const held = replicas.get(partition)
  return held === undefined
    ? undefined
    : {
        replicas: held,
        addingReplicas: addingReplicas.get(partition) ?? none,
        removingReplicas: removingReplicas.get(partition) ?? none,
      }
}

/** The topic with another assignment of one partition. */
export function withPartition(
  topic: Assignment,
  partition: number,
  { replicas, addingReplicas, removingReplicas }: PartitionAssignment,
): Assignment {
  return {
    ...topic,
    replicas: new Map([...topic.replicas, [partition, replicas]]),
    addingReplicas: withList(topic.addingReplicas, partition, addingReplicas),
    removingReplicas: withList(topic.removingReplicas, partition, removingReplicas),
  }
}

function withList(
  lists: ReadonlyMap<number, readonly number[]>,
  partition: number,
  ids: readonly number[],
): ReadonlyMap<number, readonly number[]> {
  const next = new Map(lists)
  next.delete(partition)
  return ids.length === 0 ? next : next.set(partition, ids)
}

export function isMoving({ addingReplicas, removingReplicas }: PartitionAssignment): boolean {
  return addingReplicas.length + removingReplicas.length > 0
}

/** Whether a partition of the topic is on the move. */
export function hasMoves({
  addingReplicas,
  removingReplicas,
}: Pick<Assignment, 'addingReplicas' | 'removingReplicas'>): boolean {
  for (const lists of [addingReplicas, removingReplicas]) {
    for (const ids of lists.values()) if (ids.length > 0) return true
  }
  return false
}

/** Who shall hold the partition in the end. */
export function targetReplicas({ replicas, removingReplicas }: PartitionAssignment): number[] {
  return without(replicas, removingReplicas)
}

/** Who held it before: what a cancellation goes back to, though not always in the old order. */
export function originReplicas({ replicas, addingReplicas }: PartitionAssignment): number[] {
  return without(replicas, addingReplicas)
}

/** On the way to `target`, whatever it was on the way to. */
export function movedTo(
  current: PartitionAssignment,
  target: readonly number[],
): PartitionAssignment {
  const origin = originReplicas(current)
  const replicas = [...new Set([...target, ...origin])]
  return {
    replicas,
    addingReplicas: without(replicas, origin),
    removingReplicas: without(replicas, target),
  }
}

/** At rest where it was on the way to. */
export function settled(assignment: PartitionAssignment): PartitionAssignment {
  return { replicas: targetReplicas(assignment), addingReplicas: none, removingReplicas: none }
}

/** Those of `before` that `after` has no use for. */
export function droppedReplicas(before: PartitionAssignment, after: PartitionAssignment): number[] {
  return without(before.replicas, after.replicas)
}

/**
 * A cancellation, or another target, may drop all that are in sync: then they stay, to be removed once
 * one of the others is. (Kafka would stop them, and with them lose what only they have.)
 */
export function keepingOneInSync(
  next: PartitionAssignment,
  isr: PartitionState['isr'],
): PartitionAssignment {
  if (isr.length === 0 || isr.some(id => next.replicas.includes(id))) return next
  return {
    ...next,
    replicas: [...next.replicas, ...isr],
    removingReplicas: [...next.removingReplicas, ...isr],
  }
}

/** Whether all that shall hold the partition have what is committed. */
export function isCaughtUp(assignment: PartitionAssignment, { isr }: PartitionState): boolean {
  return targetReplicas(assignment).every(id => isr.includes(id))
}

export function isSameAssignment(a: PartitionAssignment, b: PartitionAssignment): boolean {
  const isSame = (left: readonly number[], right: readonly number[]): boolean =>
    left.length === right.length && left.every((id, nth) => id === right[nth])
  return (
    isSame(a.replicas, b.replicas) &&
    isSame(a.addingReplicas, b.addingReplicas) &&
    isSame(a.removingReplicas, b.removingReplicas)
  )
}
