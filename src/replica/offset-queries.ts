/** Questions about offsets of a partition: by time, by epoch, and moving its start. */
import { ErrorCode } from '../protocol/index.ts'
import { ProtocolError } from '../bytes/index.ts'
import { StorageError } from '../host/index.ts'
import type { Partition } from './partition.ts'
import type { Replicas } from './replicas.ts'

/** Times with a meaning of their own in ListOffsets. */
const LATEST = -1
const EARLIEST = -2
/** KIP-734 */
const MAX_TIMESTAMP = -3
/** KIP-405: without tiered storage the earliest local record is the earliest. */
const EARLIEST_LOCAL = -4
/** KIP-1005: nothing is tiered. */
const LATEST_TIERED = -5
/** KIP-1023: nothing waits to be uploaded, so everything does. */
const EARLIEST_PENDING_UPLOAD = -6

export interface OffsetQuery {
  readonly topic: string
  readonly partition: number
  readonly timestamp: number
  readonly currentLeaderEpoch: number
  readonly isolation: 'read_uncommitted' | 'read_committed'
}

export interface FoundOffset {
  readonly errorCode: ErrorCode
  /** -1 where the question was not about a time, or nothing was found. */
  readonly timestamp: number
  readonly offset: number
  readonly leaderEpoch: number
}

const nothing: FoundOffset = {
  errorCode: ErrorCode.NONE,
  timestamp: -1,
  offset: -1,
  leaderEpoch: -1,
}

/** Answers ListOffsets from version 1 on. */
export async function findOffset(replicas: Replicas, query: OffsetQuery): Promise<FoundOffset> {
  const partition = replicas.get(query.topic, query.partition)
  if (partition === undefined)
    return { ...nothing, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }
  const errorCode = partition.checkLeader(query.currentLeaderEpoch)
  if (errorCode !== ErrorCode.NONE) return { ...nothing, errorCode }
  try {
    return await lookUp(partition, query)
  } catch (error) {
    if (error instanceof StorageError)
      return { ...nothing, errorCode: ErrorCode.KAFKA_STORAGE_ERROR }
    if (error instanceof ProtocolError) return { ...nothing, errorCode: ErrorCode.CORRUPT_MESSAGE }
    throw error
  }
}

async function lookUp(
  partition: Partition,
  { timestamp, isolation }: OffsetQuery,
): Promise<FoundOffset> {
  const { log } = partition
  const end = isolation === 'read_committed' ? log.lastStableOffset : log.highWatermark
  switch (timestamp) {
    case LATEST:
      return { ...nothing, offset: end, leaderEpoch: partition.leaderEpoch }
    case EARLIEST:
    case EARLIEST_LOCAL:
    case EARLIEST_PENDING_UPLOAD: {
      const offset = log.logStartOffset
      return { ...nothing, offset, leaderEpoch: log.epochForOffset(offset) ?? -1 }
    }
    case LATEST_TIERED:
      return nothing
    default: {
      const found =
        timestamp === MAX_TIMESTAMP
          ? await log.offsetForMaxTimestamp()
          : await log.offsetForTimestamp(timestamp)
      return found === undefined || found.offset >= end ? nothing : { ...nothing, ...found }
    }
  }
}

/** Answers ListOffsets 0: first offsets of segments up to a time, newest first. */
export function segmentOffsets(
  replicas: Replicas,
  { topic, partition: number, timestamp }: OffsetQuery,
  maxCount: number,
): { errorCode: ErrorCode; offsets: number[] } {
  const partition = replicas.get(topic, number)
  if (partition === undefined)
    return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, offsets: [] }
  const errorCode = partition.checkLeader()
  if (errorCode !== ErrorCode.NONE) return { errorCode, offsets: [] }
  try {
    return { errorCode, offsets: partition.log.offsetsBefore(timestamp, Math.max(0, maxCount)) }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return { errorCode: ErrorCode.KAFKA_STORAGE_ERROR, offsets: [] }
  }
}

export interface EpochQuery {
  readonly topic: string
  readonly partition: number
  readonly currentLeaderEpoch: number
  readonly leaderEpoch: number
}

/** Answers OffsetForLeaderEpoch; offset -1 when the epoch is not known. */
export function endOfEpoch(
  replicas: Replicas,
  { topic, partition: number, currentLeaderEpoch, leaderEpoch }: EpochQuery,
): { errorCode: ErrorCode; leaderEpoch: number; endOffset: number } {
  const unknown = { leaderEpoch: -1, endOffset: -1 }
  const partition = replicas.get(topic, number)
  if (partition === undefined)
    return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ...unknown }
  const errorCode = partition.checkLeader(currentLeaderEpoch)
  if (errorCode !== ErrorCode.NONE) return { errorCode, ...unknown }
  const end = partition.log.endOffsetForEpoch(leaderEpoch)
  return end === undefined
    ? { errorCode, ...unknown }
    : { errorCode, leaderEpoch: end.epoch, endOffset: end.endOffset }
}

/** -1 stands for the high watermark. */
const UP_TO_HIGH_WATERMARK = -1

/** Answers DeleteRecords (KIP-107). @returns the new first offset */
export function deleteRecords(
  replicas: Replicas,
  { topic, partition: number, offset }: { topic: string; partition: number; offset: number },
): { errorCode: ErrorCode; lowWatermark: number } {
  const partition = replicas.get(topic, number)
  if (partition === undefined) {
    return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, lowWatermark: -1 }
  }
  const problem = partition.checkLeader()
  if (problem !== ErrorCode.NONE) return { errorCode: problem, lowWatermark: -1 }
  const { log } = partition
  if (offset < UP_TO_HIGH_WATERMARK)
    return { errorCode: ErrorCode.OFFSET_OUT_OF_RANGE, lowWatermark: -1 }
  try {
    const errorCode = log.advanceStartOffset(
      offset === UP_TO_HIGH_WATERMARK ? log.highWatermark : offset,
    )
    const lowWatermark = errorCode === ErrorCode.NONE ? log.logStartOffset : -1
    return { errorCode, lowWatermark }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return { errorCode: ErrorCode.KAFKA_STORAGE_ERROR, lowWatermark: -1 }
  }
}
