/**
 * Gathers the records of many decisions into few batches: all of one turn of the event loop go to
 * the log together, and the next turn does not wait for them to be durable. Outcomes are handed back
 * in the order in which the records stand in the log.
 */
import assert from 'node:assert/strict'
import type { Clock } from '../host/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import { BatchBuilder } from '../records/index.ts'
import type { AppendOutcome, PartitionLog } from './partition-log.ts'

export interface EncodedRecord {
  readonly key: Buffer
  readonly value: Buffer | null
}

export interface AppendQueueOptions {
  readonly log: PartitionLog
  readonly partition: number
  readonly clock: Clock
  /** `offsets.commit.timeout.ms`. */
  readonly timeoutMs: number
  /** Larger batches are split; a record that alone is larger is left to the log to refuse. */
  readonly maxBatchBytes: number
  /** Number of a compression codec; 0: none. */
  readonly codec: number
}

/** The records of one decision. */
interface Entry {
  readonly records: readonly EncodedRecord[]
  readonly timestampMs: number
  readonly onOutcome: (outcome: StoreOutcome) => void
}

export interface StoreOutcome {
  /** NONE when all records are durable. */
  readonly errorCode: ErrorCode
  /** Where each record stands in the log; meaningless with an error. */
  readonly logOffsets: readonly number[]
}

/** Where a record went: the batch, and its place in it. */
interface Place {
  readonly batch: number
  readonly index: number
}

export class AppendQueue {
  readonly #options: AppendQueueOptions
  #gathered: Entry[] = []
  #isClosed = false
  #pending = 0
  #tail: Promise<void> = Promise.resolve()

  constructor(options: AppendQueueOptions) {
    this.#options = options
  }

  /** Decisions whose records are not durable yet. */
  get pending(): number {
    return this.#pending
  }

  /** Calls `onOutcome` once, unless the queue is closed first. There must be a record. */
  push(
    records: readonly EncodedRecord[],
    timestampMs: number,
    onOutcome: (outcome: StoreOutcome) => void,
  ): void {
    if (this.#gathered.length === 0) this.#options.clock.soon(() => this.#flush())
    this.#gathered.push({ records, timestampMs, onOutcome })
    this.#pending += 1
  }

  close(): void {
    this.#isClosed = true
    this.#gathered = []
  }

  /** Resolves when the outcomes of all that went to the log so far have been handed back. */
  settled(): Promise<void> {
    return this.#tail
  }

  #flush(): void {
    const entries = this.#gathered
    this.#gathered = []
    if (entries.length === 0) return
    const { batches, places } = pack(entries, this.#options)
    const { log, partition, timeoutMs } = this.#options
    const outcomes = batches.map(batch => log.append({ partition, batch, timeoutMs }))
    const before = this.#tail
    this.#tail = before.then(() => this.#report(entries, places, outcomes))
  }

  async #report(
    entries: readonly Entry[],
    places: readonly (readonly Place[])[],
    outcomes: readonly Promise<AppendOutcome>[],
  ): Promise<void> {
    const results = await Promise.all(outcomes)
    for (const [number, entry] of entries.entries()) {
      if (this.#isClosed) return
      this.#pending -= 1
      entry.onOutcome(outcomeOf(places[number] ?? [], results))
    }
  }
}

function outcomeOf(places: readonly Place[], results: readonly AppendOutcome[]): StoreOutcome {
  const logOffsets: number[] = []
  for (const { batch, index } of places) {
    const result = results[batch]
    assert(result !== undefined, 'every batch has an outcome')
    if (result.errorCode !== ErrorCode.NONE) return { errorCode: result.errorCode, logOffsets: [] }
    logOffsets.push(result.baseOffset + index)
  }
  return { errorCode: ErrorCode.NONE, logOffsets }
}

/** Fills batches with the records in order, each up to the size allowed. */
function pack(
  entries: readonly Entry[],
  { maxBatchBytes, codec }: AppendQueueOptions,
): { batches: Buffer[]; places: Place[][] } {
  const batches: Buffer[] = []
  let builder = new BatchBuilder({ codec })
  const places = entries.map(({ records, timestampMs }) =>
    records.map(({ key, value }): Place => {
      const record = { timestamp: timestampMs, key, value }
      const isFull = builder.sizeBytes + builder.sizeOfRecord(record) > maxBatchBytes
      if (isFull && builder.recordCount > 0) {
        batches.push(builder.close())
        builder = new BatchBuilder({ codec })
      }
      builder.append(record)
      return { batch: batches.length, index: builder.recordCount - 1 }
    }),
  )
  batches.push(builder.close())
  return { batches, places }
}
