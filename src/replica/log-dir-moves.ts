/**
 * Moves replicas to another log directory of this broker (KIP-113; Kafka's ReplicaAlterLogDirsThread): copies
 * one log after another, as a follower would, while it is written and read on; when the copy has all of it, it
 * takes the place of the log within one turn of the event loop. After a restart copies go on from where they were.
 */
import { StorageError, type Clock, type Log as Logger, type Timer } from '../host/index.ts'
import { ProtocolError } from '../bytes/index.ts'
import type { LogDirectories, PartitionLog } from '../log/index.ts'
import { ErrorCode, errorName } from '../protocol/index.ts'
import { readBatchInfo } from '../records/index.ts'
import { truncationFor } from './decide/truncation.ts'
import type { Partition } from './partition.ts'
import type { ReplicationSettings } from './replication-settings.ts'
import { ReplicationThrottle } from './replication-throttle.ts'

export interface LogDirMovesOptions {
  readonly brokerId: number
  readonly clock: Clock
  readonly logger: Logger
  readonly logs: LogDirectories
  readonly settings: () => ReplicationSettings
}

/** `wait`: nothing can be done for it now. */
type Step = 'go on' | 'wait' | 'over'

export class LogDirMoves {
  readonly #options: LogDirMovesOptions
  readonly #throttle: ReplicationThrottle
  readonly #moving = new Set<Partition>()
  /** Monotonic, for those that have to wait. */
  readonly #notBeforeMs = new Map<Partition, number>()
  #isRunning = false
  #isClosed = false
  #wake: (() => void) | undefined
  #timer: Timer | undefined

  constructor(options: LogDirMovesOptions) {
    this.#options = options
    const { brokerId, clock, settings } = options
    this.#throttle = new ReplicationThrottle({
      ...{ brokerId, clock },
      rate: () => settings().moves.rate,
      windows: () => settings().moves.windows,
      replicasOf: () => ['*'],
    })
  }

  /** The partition has a copy in another directory, which is to take its place. */
  begin(partition: Partition): void {
    if (this.#isClosed) return
    partition.log.compaction.pause()
    this.#moving.add(partition)
    this.#wakeUp()
    if (!this.#isRunning) void this.#run()
  }

  /** Its copy is of no use any more. */
  end(partition: Partition): void {
    if (!this.#moving.delete(partition)) return
    this.#notBeforeMs.delete(partition)
    partition.log.compaction.resume()
  }

  /** Copies stay where they are. */
  close(): void {
    this.#isClosed = true
    this.#moving.clear()
    this.#wakeUp()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    try {
      while (!this.#isClosed && this.#moving.size > 0) {
        const next = this.#next()
        if (next === undefined) await this.#pause()
        else await this.#advance(next)
        await new Promise<void>(resolve => this.#options.clock.soon(resolve))
      }
    } finally {
      this.#isRunning = false
    }
  }

  /** One after another, so that each is done as soon as can be. */
  #next(): Partition | undefined {
    const nowMs = this.#options.clock.monotonicMs()
    let first: Partition | undefined
    for (const partition of this.#moving) {
      if ((this.#notBeforeMs.get(partition) ?? 0) > nowMs) continue
      if (this.#throttle.mustWait(partition.topic, partition.partition)) continue
      if (first === undefined || isBefore(partition, first)) first = partition
    }
    return first
  }

  #pause(): Promise<void> {
    const { clock, settings } = this.#options
    // What a throttle lets through comes with its windows.
    const delayMs = Math.min(settings().fetchBackoffMs, settings().moves.windows.sizeMs)
    return new Promise(resolve => {
      this.#wake = resolve
      this.#timer = clock.after(Math.max(1, delayMs), () => this.#wakeUp())
    })
  }

  #wakeUp(): void {
    this.#timer?.cancel()
    this.#wake?.()
    this.#wake = undefined
  }

  async #advance(partition: Partition): Promise<void> {
    const { clock, settings } = this.#options
    const step = await this.#attempt(partition)
    if (step === 'over') this.end(partition)
    else if (step === 'wait') {
      this.#notBeforeMs.set(partition, clock.monotonicMs() + settings().fetchBackoffMs)
    }
  }

  async #attempt(partition: Partition): Promise<Step> {
    try {
      return await this.#step(partition)
    } catch (error) {
      if (!(error instanceof StorageError || error instanceof ProtocolError)) throw error
      this.#warn(partition, 'cannot be copied now', { error })
      return 'wait'
    }
  }

  async #step(partition: Partition): Promise<Step> {
    const future = this.#options.logs.getFuture(partition)
    const { log, following, isFailed } = partition
    if (future === undefined || isFailed) return 'over'
    if (following.isBusy || log.damage !== undefined) return 'wait'
    if (future.damage !== undefined) {
      await future.dropDamaged()
      return 'go on'
    }
    const cut = partingOffset(log, future)
    if (cut !== undefined) {
      this.#warn(partition, 'was cut, and so is its copy', { from: future.logEndOffset, to: cut })
      await future.truncateTo(cut)
      return 'go on'
    }
    if (future.logEndOffset < log.logStartOffset) {
      await future.truncateFullyAndStartAt(log.logStartOffset)
      return 'go on'
    }
    return this.#copy(partition, log, future)
  }

  async #copy(partition: Partition, log: PartitionLog, future: PartitionLog): Promise<Step> {
    const { fetchMaxBytes } = this.#options.settings()
    const offset = future.logEndOffset
    if (!log.isWarm(offset, fetchMaxBytes)) {
      // Damage that shows there is the partition's matter.
      await log.warm(offset, fetchMaxBytes)
      return 'go on'
    }
    partition.writeStaged()
    const bytes = offset < log.logEndOffset ? bytesAt(log, offset, fetchMaxBytes) : undefined
    if (bytes !== undefined) {
      const { errorCode } = future.appendAsFollower(bytes)
      if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) return this.#beginWithin(future, bytes)
      if (errorCode !== ErrorCode.NONE) {
        this.#warn(partition, 'cannot be copied', { error: errorName(errorCode) })
        return 'wait'
      }
      future.writeStaged()
      this.#throttle.record(partition.topic, partition.partition, bytes.length)
    }
    future.updateHighWatermark(log.highWatermark)
    if (log.logStartOffset > future.logStartOffset) future.advanceStartOffset(log.logStartOffset)
    if (future.logEndOffset === log.logEndOffset) return this.#replace(partition, log, future)
    return bytes === undefined || bytes.length > 0 ? 'go on' : 'wait'
  }

  /** DeleteRecords may let a log begin within a batch; a copy has to begin with the batch. */
  async #beginWithin(future: PartitionLog, bytes: Buffer): Promise<Step> {
    const { baseOffset } = readBatchInfo(bytes, 0)
    if (future.logEndOffset !== future.logStartOffset || baseOffset >= future.logEndOffset) {
      return 'wait'
    }
    await future.truncateFullyAndStartAt(baseOffset)
    future.writeStaged()
    if (future.appendAsFollower(bytes).errorCode !== ErrorCode.NONE) return 'wait'
    future.writeStaged()
    return 'go on'
  }

  /** Nothing that is safe on one disk may be unsafe on the other. */
  async #replace(partition: Partition, log: PartitionLog, future: PartitionLog): Promise<Step> {
    if (future.recoveryPoint < log.recoveryPoint || future.isFlushing) {
      await future.flush()
      return 'go on'
    }
    partition.moveTo(this.#options.logs.replaceWithFuture(log))
    return 'over'
  }

  #warn({ topic, partition }: Partition, event: string, details: Record<string, unknown>): void {
    const { brokerId, logger } = this.#options
    logger.warn(
      `[ReplicaAlterLogDirsManager on broker ${brokerId}] ${topic}-${partition} ${event}`,
      details,
    )
  }
}

function isBefore(one: Partition, other: Partition): boolean {
  if (one.topic !== other.topic) return one.topic < other.topic
  return one.partition < other.partition
}

/** Where the copy has to end because the log was cut since, here or elsewhere; `undefined` as long as it is its beginning. */
function partingOffset(log: PartitionLog, future: PartitionLog): number | undefined {
  const { latestEpoch, logEndOffset } = future
  if (logEndOffset > log.logEndOffset) return log.logEndOffset
  if (latestEpoch === undefined || logEndOffset === future.logStartOffset) return undefined
  const end = log.endOffsetForEpoch(latestEpoch) ?? { epoch: -1, endOffset: -1 }
  if (end.epoch === latestEpoch && end.endOffset >= logEndOffset) return undefined
  const { offset } = truncationFor(end, future)
  return offset < logEndOffset ? offset : undefined
}

/** Whole batches from the one that holds `offset` on. @throws StorageError */
function bytesAt(log: PartitionLog, offset: number, maxBytes: number): Buffer {
  const upTo = log.logEndOffset
  const { records } = log.read(offset, maxBytes, { upTo, firstBatch: 'whole' })
  try {
    const bytes = Buffer.allocUnsafeSlow(records.sizeBytes)
    return bytes.subarray(0, records.read(bytes, 0))
  } finally {
    records.release()
  }
}
