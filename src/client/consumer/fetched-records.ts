/** The records of one partition in one answer, decoded as they are asked for. Mirrors CompletedFetch. */
import { ProtocolError } from '../../bytes/index.ts'
import {
  batchesIn,
  ControlRecordType,
  isCrcValid,
  isMessageCrcValid,
  readEndTxnMarker,
  recordsOf,
  type BatchAt,
  type BatchInfo,
  type Record,
} from '../../records/index.ts'
import type { IsolationLevel } from '../connection/list-offsets.ts'
import { KafkaError } from '../errors.ts'
import { nameOf, type TopicPartition } from '../topic-partition.ts'
import type { ConsumerRecord } from './consumer.ts'

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

export interface FetchedOptions {
  readonly topicPartition: TopicPartition
  readonly records: Buffer
  /** Earlier records of the first batch are passed over. */
  readonly firstOffset: number
  readonly isolationLevel: IsolationLevel
  /** As the answer has them; only read_committed gets any. */
  readonly abortedTransactions: readonly AbortedTransaction[]
  readonly checksCrcs: boolean
}

export class FetchedRecords {
  readonly #options: FetchedOptions
  readonly #records: Generator<ConsumerRecord, void, undefined>
  #nextOffset: number
  #nextEpoch = -1

  constructor(options: FetchedOptions) {
    this.#options = options
    this.#nextOffset = options.firstOffset
    this.#records = this.#read()
  }

  /** Behind what `next` gave, and behind what is not for the caller's eyes. */
  get nextOffset(): number {
    return this.#nextOffset
  }

  /** Leader epoch of the last batch; -1: not known. */
  get nextEpoch(): number {
    return this.#nextEpoch
  }

  /**
   * @throws KafkaError for a batch that is corrupt; the offset stays before it, so that the caller may
   * seek past it.
   */
  next(): ConsumerRecord | undefined {
    const record = this.#advance()
    if (record !== undefined) this.#nextOffset = record.offset + 1
    return record
  }

  #advance(): ConsumerRecord | undefined {
    try {
      const step = this.#records.next()
      return step.done === true ? undefined : step.value
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      throw this.#corrupt(error.message, error)
    }
  }

  *#read(): Generator<ConsumerRecord, void, undefined> {
    const { records, topicPartition } = this.#options
    const transactions = new Transactions(this.#options)
    for (const batch of batchesIn(records)) {
      const { info, position } = batch
      if (info.lastOffset < this.#nextOffset) continue
      this.#ensureIntact(batch)
      if (transactions.hides(info, () => recordsOf(records, position).next().value ?? undefined)) {
        this.#pass(info)
        continue
      }
      for (const record of recordsOf(records, position)) {
        if (record.offset < this.#nextOffset) continue
        yield { ...topicPartition, ...record, leaderEpoch: info.leaderEpoch }
      }
      this.#pass(info)
    }
  }

  /** Compaction may have taken the last records of a batch: what follows begins behind it all the same. */
  #pass({ lastOffset, leaderEpoch }: BatchInfo): void {
    this.#nextOffset = Math.max(this.#nextOffset, lastOffset + 1)
    this.#nextEpoch = leaderEpoch
  }

  #ensureIntact({ info, position }: BatchAt): void {
    const { records, checksCrcs } = this.#options
    if (!checksCrcs) return
    const isValid =
      info.magic === 2 ? isCrcValid(records, position) : isMessageCrcValid(records, position)
    if (!isValid) throw this.#corrupt('Record is corrupt: its checksum does not match', undefined)
  }

  #corrupt(why: string, cause: unknown): KafkaError {
    const message =
      `Record batch for partition ${nameOf(this.#options.topicPartition)} at offset ` +
      `${this.#nextOffset} is invalid, cause: ${why}`
    return new KafkaError('KAFKA_ERROR', message, { cause })
  }
}

/** Leaves out control batches, and for read_committed what was aborted (KIP-98). */
class Transactions {
  readonly #isCommittedOnly: boolean
  /** By first offset. */
  readonly #toCome: AbortedTransaction[]
  readonly #aborted = new Set<number>()

  constructor({ isolationLevel, abortedTransactions }: FetchedOptions) {
    this.#isCommittedOnly = isolationLevel === 'read_committed'
    this.#toCome = [...abortedTransactions].sort(
      (left, right) => left.firstOffset - right.firstOffset,
    )
  }

  hides(batch: BatchInfo, firstRecord: () => Record | undefined): boolean {
    if (!this.#isCommittedOnly || batch.producerId < 0) return batch.isControl
    while ((this.#toCome[0]?.firstOffset ?? Infinity) <= batch.lastOffset) {
      const started = this.#toCome.shift()
      if (started !== undefined) this.#aborted.add(started.producerId)
    }
    if (batch.isControl) {
      const record = firstRecord()
      const marker = record === undefined ? undefined : readEndTxnMarker(record)
      if (marker?.type === ControlRecordType.ABORT) this.#aborted.delete(batch.producerId)
      return true
    }
    return batch.isTransactional && this.#aborted.has(batch.producerId)
  }
}
