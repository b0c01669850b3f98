/**
 * One fetch, from its first look at the partitions to its answer: answered at once when there is
 * enough to read or something to tell, else parked at its partitions until they grow or the
 * deadline comes (Kafka's DelayedFetch).
 */
import type { Clock, Timer } from '../host/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import type { AppendTurn } from './append-turn.ts'
import type { FetchPartition } from './fetch-sessions.ts'
import type { Partition } from './partition.ts'
import type { ReplicationThrottle } from './replication-throttle.ts'
import { unreadable, type PartitionRead, type ReadView } from './partition-read.ts'
import type { Wakeable } from './waiting.ts'

export interface FetchOptions {
  readonly isolation: ReadView['isolation']
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
  /** Before version 3 of Fetch the first batch was cut at the limit like any other. */
  readonly isFirstBatchWhole: boolean
  /** The broker that replicates with this fetch; `undefined` for a consumer. */
  readonly replica?: { readonly id: number; readonly brokerEpoch: number } | undefined
  /** Where a consumer stands, from Fetch v11 on: who says so, be it empty, may read from followers (KIP-392). */
  readonly rackId?: string | undefined
  /** Aborted when the reader is gone; what waits for it is then given up. */
  readonly gone: AbortSignal
}

/** A partition as the reader wants it, and as we have it; an error where we do not. */
export interface FetchTarget {
  readonly wanted: FetchPartition
  readonly partition: Partition | ErrorCode
}

export class Fetching implements Wakeable {
  readonly #targets: readonly FetchTarget[]
  readonly #options: FetchOptions
  readonly #turn: AppendTurn
  readonly #throttle: ReplicationThrottle
  readonly #answer: (reads: PartitionRead[]) => void
  readonly #retry: () => void
  readonly #abandon: () => void
  #timer: Timer | undefined
  #isDone = false

  constructor(
    targets: readonly FetchTarget[],
    options: FetchOptions,
    { turn, throttle }: { turn: AppendTurn; throttle: ReplicationThrottle },
    answer: (reads: PartitionRead[]) => void,
  ) {
    this.#targets = targets
    this.#options = options
    this.#turn = turn
    this.#throttle = throttle
    this.#answer = answer
    this.#retry = () => this.#tryAgain()
    this.#abandon = () => this.#settle([])
  }

  start(clock: Clock): void {
    const warming = this.#targets.flatMap(({ wanted, partition }) =>
      typeof partition === 'number' ? [] : (partition.warm(wanted) ?? []),
    )
    // Bytes that are only on the disk are read off the loop, before the first look.
    if (warming.length === 0) this.#begin(clock)
    else void Promise.all(warming).then(() => this.#begin(clock))
  }

  #begin(clock: Clock): void {
    const { maxWaitMs, gone } = this.#options
    if (this.#tryNow(maxWaitMs <= 0 || gone.aborted || this.#targets.length === 0)) return
    for (const partition of this.#partitions())
      partition.addReader(this, this.#options.replica !== undefined)
    gone.addEventListener('abort', this.#abandon)
    this.#timer = clock.after(this.#options.maxWaitMs, () => this.#tryNow(true))
  }

  /** Looks again at the end of the turn, once, however many partitions have grown. */
  wake(): void {
    if (!this.#isDone) this.#turn.wake(this.#retry)
  }

  #tryAgain(): void {
    if (!this.#isDone) this.#tryNow(false)
  }

  /** @returns whether the fetch was answered */
  #tryNow(isLast: boolean): boolean {
    const reads = this.#read()
    if (!isLast && !this.#isEnough(reads)) {
      for (const read of reads) read.records.release()
      return false
    }
    this.#settle(reads)
    return true
  }

  /** A replica that is being copied waits while that goes too fast (KIP-73). */
  #isHeldUp({ topic, partition, isr }: Partition): boolean {
    const { replica } = this.#options
    if (replica === undefined || isr.includes(replica.id)) return false
    return this.#throttle.mustWait(topic, partition)
  }

  #settle(reads: PartitionRead[]): void {
    if (this.#options.replica !== undefined) {
      for (const { wanted, records } of reads) {
        this.#throttle.record(wanted.topic, wanted.partition, records.sizeBytes)
      }
    }
    this.#isDone = true
    this.#timer?.cancel()
    this.#options.gone.removeEventListener('abort', this.#abandon)
    for (const partition of this.#partitions()) partition.removeReader(this)
    this.#answer(reads)
  }

  /** Partitions in the order asked for; the first one with records gives at least a batch (KIP-74). */
  #read(): PartitionRead[] {
    const { isolation, replica, rackId } = this.#options
    const reader = {
      isolation,
      isReplica: replica !== undefined,
      readsFollowers: rackId !== undefined && replica === undefined,
      rackId: replica === undefined ? (rackId ?? '') : '',
    }
    let leftBytes = this.#options.maxBytes
    let isFirst = true
    return this.#targets.map(({ wanted, partition }) => {
      if (typeof partition === 'number') return unreadable(wanted, partition)
      const isHeldUp = this.#isHeldUp(partition)
      const read = partition.read(wanted, {
        ...reader,
        maxBytes: isHeldUp ? 0 : Math.max(0, Math.min(wanted.maxBytes, leftBytes)),
        firstBatch: !this.#options.isFirstBatchWhole
          ? 'cut'
          : isFirst && !isHeldUp
            ? 'whole'
            : 'fitting',
      })
      leftBytes -= read.records.sizeBytes
      if (read.records.sizeBytes > 0) isFirst = false
      return read
    })
  }

  #isEnough(reads: readonly PartitionRead[]): boolean {
    let sizeBytes = 0
    for (const read of reads) {
      if (read.errorCode !== ErrorCode.NONE || read.divergingEpoch !== null) return true
      if (read.preferredReadReplica >= 0) return true
      sizeBytes += read.records.sizeBytes
    }
    return sizeBytes >= this.#options.minBytes
  }

  *#partitions(): Iterable<Partition> {
    for (const { partition } of this.#targets) if (typeof partition !== 'number') yield partition
  }
}
