/** One produce over several partitions: staged at once, answered when as many replicas have it as `acks` asks for. */
import type { Clock } from '../host/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import type { AppendTurn } from './append-turn.ts'
import type { Partition } from './partition.ts'
import { refusedAppend, type PartitionAppend } from './partition-append.ts'
import { Waiting } from './waiting.ts'

/** A part of a produce: where it went, what came of it. */
export interface Appended {
  readonly partition: Partition | undefined
  readonly append: PartitionAppend
}

export interface AckOptions {
  readonly acks: number
  readonly timeoutMs: number
}

/** Calls `answer` with what is true of each part once it may be told. */
export function acknowledge(
  parts: readonly Appended[],
  { acks, timeoutMs }: AckOptions,
  { turn, clock }: { turn: AppendTurn; clock: Clock },
  answer: (appends: PartitionAppend[]) => void,
): void {
  const isAnythingStaged = parts.some(({ append }) => append.requiredOffset >= 0)
  if (!isAnythingStaged || acks === 0) {
    answer(parts.map(({ append }) => append))
    return
  }
  turn.whenWritten(() => {
    if (acks !== 1) {
      awaitCommit(parts, timeoutMs, clock, answer)
      return
    }
    const flushes = parts.flatMap(({ partition }) => partition?.flushing ?? [])
    if (flushes.length === 0) answer(parts.map(writtenOrNot))
    else void Promise.all(flushes).then(() => answer(parts.map(writtenOrNot)))
  })
}

function awaitCommit(
  parts: readonly Appended[],
  timeoutMs: number,
  clock: Clock,
  answer: (appends: PartitionAppend[]) => void,
): void {
  const waiting = new Waiting(() => answer(parts.map(committedOrNot)))
  waiting.open()
  for (const { partition, append } of parts) {
    if (partition === undefined || append.requiredOffset < 0) continue
    waiting.open()
    const leave = partition.whenCommitted(append.requiredOffset, () => waiting.close())
    if (leave !== undefined) waiting.whenDone(leave)
  }
  waiting.close()
  waiting.start(clock, timeoutMs)
}

/** The write at the end of the turn may have failed. */
function writtenOrNot({ partition, append }: Appended): PartitionAppend {
  if (partition === undefined || append.requiredOffset < 0) return append
  const isWritten = !partition.log.isOffline && partition.log.logEndOffset >= append.requiredOffset
  return isWritten ? append : refusedAppend(ErrorCode.KAFKA_STORAGE_ERROR)
}

function committedOrNot({ partition, append }: Appended): PartitionAppend {
  if (partition === undefined || append.requiredOffset < 0) return append
  const errorCode = partition.commitError(append.requiredOffset)
  return errorCode === ErrorCode.NONE ? append : { ...append, errorCode, baseOffset: -1 }
}
