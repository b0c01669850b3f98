/**
 * Which of two directories of one partition is the partition. There are two where a move between disks was broken
 * off just before its end (KIP-113): the copy had its final name, and the original still had it too. Kafka stops
 * there and asks a person.
 */
import type { PartitionLog } from './partition-log.ts'

/**
 * The copy that lacks nothing of what the other has: leader epoch and end of a log decide, as in elections.
 *
 * @returns `undefined` where that cannot be known: one is damaged, or they are of two topics
 */
export function laterCopy(one: PartitionLog, other: PartitionLog): PartitionLog | undefined {
  const areWhole = one.damage === undefined && other.damage === undefined
  if (!areWhole || one.topicId === undefined || one.topicId !== other.topicId) return undefined
  const epochOf = (log: PartitionLog): number => log.latestEpoch ?? -1
  if (epochOf(one) !== epochOf(other)) return epochOf(one) > epochOf(other) ? one : other
  return one.logEndOffset >= other.logEndOffset ? one : other
}
