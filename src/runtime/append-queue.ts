/**
 * Gathers the records of many decisions into few batches: all of one turn of the event loop go to
 * the log together, and the next turn does not wait for them to be durable. Outcomes are handed back
 * in the order in which the records stand in the log.
 */
import assert from 'node:assert/strict'
import type { Clock } from '../host/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import { BatchBuilder, type NewRecord } from '../records/index.ts'
import type { Producer } from './machine.ts'
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

/** What one decision has to store. */
interface Entry {
  readonly content: NewRecords | { readonly batch: Buffer }
  readonly onOutcome: (outcome: StoreOutcome) => void
}

/** The records of one decision. */
export interface NewRecords {
  readonly records: readonly EncodedRecord[]
  readonly timestampMs: number
  /** Given: they go into a batch of its transaction. */
  readonly producer?: Producer | undefined
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
  push(records: NewRecords, onOutcome: (outcome: StoreOutcome) => void): void {
    this.#add({ content: records, onOutcome })
  }

  /** The same for a batch that is made already, in its place among the records. */
  pushBatch(batch: Buffer, onOutcome: (outcome: StoreOutcome) => void): void {
    this.#add({ content: { batch }, onOutcome })
  }

  #add(entry: Entry): void {
    if (this.#gathered.length === 0) this.#options.clock.soon(() => this.#flush())
    this.#gathered.push(entry)
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
  options: AppendQueueOptions,
): { batches: Buffer[]; places: Place[][] } {
  const packer = new Packer(options)
  const places = entries.map(({ content }) =>
    'batch' in content ? packer.addBatch(content.batch) : packer.addRecords(content),
  )
  packer.close()
  return { batches: packer.batches, places }
}

class Packer {
  readonly batches: Buffer[] = []
  readonly #options: AppendQueueOptions
  #builder: BatchBuilder | undefined
  /** Whose transaction the batch that is being filled belongs to. */
  #producer: Producer | undefined

  constructor(options: AppendQueueOptions) {
    this.#options = options
  }

  addBatch(batch: Buffer): Place[] {
    this.close()
    this.batches.push(batch)
    return [{ batch: this.batches.length - 1, index: 0 }]
  }

  addRecords({ records, timestampMs, producer }: NewRecords): Place[] {
    if (!isSame(producer, this.#producer)) this.close()
    this.#producer = producer
    return records.map(({ key, value }) => {
      const record = { timestamp: timestampMs, key, value }
      const builder = this.#builderFor(record)
      builder.append(record)
      return { batch: this.batches.length, index: builder.recordCount - 1 }
    })
  }

  #builderFor(record: NewRecord): BatchBuilder {
    const { maxBatchBytes, codec } = this.#options
    const builder = this.#builder
    const isFull =
      builder !== undefined &&
      builder.recordCount > 0 &&
      builder.sizeBytes + builder.sizeOfRecord(record) > maxBatchBytes
    if (isFull) this.close()
    this.#builder ??= new BatchBuilder({
      codec,
      ...(this.#producer !== undefined && { ...this.#producer, isTransactional: true }),
    })
    return this.#builder
  }

  close(): void {
    if (this.#builder !== undefined) this.batches.push(this.#builder.close())
    this.#builder = undefined
  }
}

function isSame(one: Producer | undefined, other: Producer | undefined): boolean {
  return one?.producerId === other?.producerId && one?.producerEpoch === other?.producerEpoch
}
