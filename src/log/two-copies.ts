/**
 * Which of two directories of one partition is the partition. There are two where a move between disks was broken
 * off just before its end (KIP-113): the copy had its final name, and the original still had it too. Kafka stops
 * there and asks a person.
 */
import type { PartitionLog } from './partition-log.ts'

/**
 * The copy that lacks nothing of what the other has: leader epoch and end of a log decide, as in elections.
 *
 * Of one that is damaged what lies before the damage counts, and the other one is chosen when it has that.
 *
 * @returns `undefined` where that cannot be known: both are damaged, or they may be of two topics
 * @throws StorageError
 */
export function laterCopy(one: PartitionLog, other: PartitionLog): PartitionLog | undefined {
  const later = endsLater(one, other) ? one : other
  if (later.damage !== undefined) return undefined
  if (one.topicId !== undefined && other.topicId !== undefined) {
    return one.topicId === other.topicId ? later : undefined
  }
  // A power cut may have taken the id.
  return isBeginning(later === one ? other : one, later) ? later : undefined
}

/** Whether all that a log has is in the other: its last batch tells, as no two leaders write at one offset in one epoch. */
function isBeginning(log: PartitionLog, whole: PartitionLog): boolean {
  const last = endOf(log) - 1
  if (last < log.logStartOffset) return true
  const batch = batchAt(log, last)
  return batch.length > 0 && batchAt(whole, last).equals(batch)
}

/** Offset behind the last record that can be relied on. */
function endOf({ logEndOffset, damage }: PartitionLog): number {
  return Math.min(logEndOffset, damage?.offset ?? Infinity)
}

function batchAt(log: PartitionLog, offset: number): Buffer {
  const { records } = log.read(offset, 1, { upTo: endOf(log), firstBatch: 'whole' })
  const bytes = Buffer.alloc(records.sizeBytes)
  records.read(bytes, 0)
  records.release()
  return bytes
}

function endsLater(one: PartitionLog, other: PartitionLog): boolean {
  const epochOf = (log: PartitionLog): number => log.latestEpoch ?? -1
  if (epochOf(one) !== epochOf(other)) return epochOf(one) > epochOf(other)
  if (endOf(one) !== endOf(other)) return endOf(one) > endOf(other)
  return one.damage === undefined
}
