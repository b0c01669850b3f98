/** Questions about offsets of a partition: by time, by epoch, and moving its start. */
import { ErrorCode } from '../protocol/index.ts'
import { ProtocolError } from '../bytes/index.ts'
import { StorageError, type Clock } from '../host/index.ts'
import type { Partition } from './partition.ts'
import type { Replicas } from './replicas.ts'
import { Waiting } from './waiting.ts'

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
  /** A follower and a debugger see to the end of the log; a debugger at any replica. Default: a consumer. */
  readonly reader?: 'consumer' | 'replica' | 'debugger'
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
    return { ...nothing, errorCode: replicas.absence(query.topic, query.partition) }
  const errorCode =
    query.reader === 'debugger'
      ? partition.checkReplica(query.currentLeaderEpoch)
      : partition.checkLeader(query.currentLeaderEpoch)
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

async function lookUp(partition: Partition, query: OffsetQuery): Promise<FoundOffset> {
  const { log } = partition
  const { timestamp } = query
  const end = endFor(partition, query)
  // Right after an election the high watermark may lag behind what clients were told before (KIP-207).
  const isLagging = isConsumer(query) && partition.epochStartOffset > log.highWatermark
  const unknown = isLagging ? { ...nothing, errorCode: ErrorCode.OFFSET_NOT_AVAILABLE } : nothing
  switch (timestamp) {
    case LATEST:
      if (isLagging) return unknown
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
      return found === undefined || found.offset >= end ? unknown : { ...nothing, ...found }
    }
  }
}

function isConsumer({ reader = 'consumer' }: OffsetQuery): boolean {
  return reader === 'consumer'
}

/** Where the log ends for who asks. */
function endFor({ log }: Partition, query: OffsetQuery): number {
  if (!isConsumer(query)) return log.logEndOffset
  return query.isolation === 'read_committed' ? log.lastStableOffset : log.highWatermark
}

/** Answers ListOffsets 0: first offsets of segments up to a time, newest first. */
export function segmentOffsets(
  replicas: Replicas,
  { topic, partition: number, timestamp }: OffsetQuery,
  maxCount: number,
): { errorCode: ErrorCode; offsets: number[] } {
  const partition = replicas.get(topic, number)
  if (partition === undefined) return { errorCode: replicas.absence(topic, number), offsets: [] }
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
  if (partition === undefined) return { errorCode: replicas.absence(topic, number), ...unknown }
  const errorCode = partition.checkLeader(currentLeaderEpoch)
  if (errorCode !== ErrorCode.NONE) return { errorCode, ...unknown }
  const end = partition.log.endOffsetForEpoch(leaderEpoch)
  return end === undefined
    ? { errorCode, ...unknown }
    : { errorCode, leaderEpoch: end.epoch, endOffset: end.endOffset }
}

/** -1 stands for the high watermark. */
const UP_TO_HIGH_WATERMARK = -1

export interface RecordsDeletion {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/**
 * Answers DeleteRecords (KIP-107) when every replica that lives begins at the offset, or with
 * REQUEST_TIMED_OUT.
 *
 * @returns the first offset of the replica that begins first
 */
export async function deleteRecords(
  replicas: Replicas,
  { topic, partition: number, offset }: RecordsDeletion,
  { clock, timeoutMs }: { clock: Clock; timeoutMs: number },
): Promise<{ errorCode: ErrorCode; lowWatermark: number }> {
  const refused = (errorCode: ErrorCode) => ({ errorCode, lowWatermark: -1 })
  const partition = replicas.get(topic, number)
  if (partition === undefined) return refused(replicas.absence(topic, number))
  const problem = partition.checkLeader()
  if (problem !== ErrorCode.NONE) return refused(problem)
  if (offset < UP_TO_HIGH_WATERMARK) return refused(ErrorCode.OFFSET_OUT_OF_RANGE)
  const { log } = partition
  const wanted = offset === UP_TO_HIGH_WATERMARK ? log.highWatermark : offset
  try {
    const errorCode = log.advanceStartOffset(wanted)
    if (errorCode !== ErrorCode.NONE) return refused(errorCode)
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return refused(ErrorCode.KAFKA_STORAGE_ERROR)
  }
  await allBeginAt(partition, wanted, clock, timeoutMs)
  const { lowWatermark } = partition
  const lost = partition.checkLeader()
  if (lost !== ErrorCode.NONE) return refused(lost)
  const isDone = lowWatermark >= wanted
  return { errorCode: isDone ? ErrorCode.NONE : ErrorCode.REQUEST_TIMED_OUT, lowWatermark }
}

function allBeginAt(
  partition: Partition,
  offset: number,
  clock: Clock,
  timeoutMs: number,
): Promise<void> {
  return new Promise(resolve => {
    const waiting = new Waiting(resolve)
    waiting.open()
    const leave = partition.whenStarted(offset, () => waiting.close())
    if (leave !== undefined) waiting.whenDone(leave)
    waiting.start(clock, timeoutMs)
  })
}
