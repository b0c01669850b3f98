/** What was written to a compacted log, as those outside know it, and what must be there whatever has happened. */
import assert from 'node:assert/strict'
import type { PartitionLog } from '../../../src/log/index.ts'
import {
  baseTimestampOf,
  batchesIn,
  ControlRecordType,
  hasDeleteHorizon,
  readEndTxnMarker,
  recordsOf,
  type BatchAt,
} from '../../../src/records/index.ts'
import { bytesOf } from '../../support/compacted.ts'

export interface WrittenRecord {
  readonly offset: number
  readonly key: string
  /** `undefined`: a tombstone. */
  readonly value: string | undefined
  readonly writtenMs: number
  readonly transaction: Transaction | undefined
}

export interface Transaction {
  readonly producerId: number
  outcome: 'open' | 'committed' | 'aborted'
  /** Of the marker. */
  endOffset: number
}

/** A record as a reader finds it. */
interface Found {
  readonly offset: number
  readonly key: string
  readonly value: string | undefined
  /** When its batch may lose its tombstones, where it says so. */
  readonly horizonMs: number | undefined
  /** A read_committed reader gets it. */
  readonly isCommitted: boolean
}

export class Account {
  records: WrittenRecord[] = []
  readonly open = new Map<number, Transaction>()
  /** All below is on the disk. */
  flushed = 0
  end = 0
  /** Since the log was last looked at. */
  losesPower = false
  readonly #deleteRetentionMs: number
  /** Of tombstones that were found with one, by offset. */
  readonly #horizons = new Map<number, number>()

  constructor(deleteRetentionMs: number) {
    this.#deleteRetentionMs = deleteRetentionMs
  }

  transactionOf(producerId: number): Transaction {
    const open = this.open.get(producerId)
    if (open !== undefined) return open
    const begun: Transaction = { producerId, outcome: 'open', endOffset: Infinity }
    this.open.set(producerId, begun)
    return begun
  }

  /** The log came back with this end: what lies behind it is gone. */
  cutTo(end: number): void {
    this.records = this.records.filter(({ offset }) => offset < end)
    for (const { transaction } of this.records) {
      if (transaction === undefined || transaction.endOffset < end) continue
      transaction.outcome = 'open'
      transaction.endOffset = Infinity
      this.open.set(transaction.producerId, transaction)
    }
    for (const offset of this.#horizons.keys()) if (offset >= end) this.#horizons.delete(offset)
    this.end = end
  }

  /**
   * Each record that is there was written so, in its place and order; the last one of each key is there,
   * as a tombstone until its horizon; readers of committed records get no aborted one.
   */
  async check(log: PartitionLog, nowMs: number): Promise<void> {
    const written = new Map(this.records.map(record => [record.offset, record]))
    const found = await findAll(log)
    let lastOffset = -1
    for (const { offset, key, value, isCommitted } of found.values()) {
      assert.ok(offset > lastOffset, `offset ${offset} after ${lastOffset}`)
      lastOffset = offset
      const record = written.get(offset)
      assert.deepEqual([key, value], [record?.key, record?.value], `offset ${offset}`)
      const outcome = record?.transaction?.outcome ?? 'committed'
      assert.ok(!isCommitted || outcome === 'committed', `offset ${offset} is told, and ${outcome}`)
    }
    for (const record of this.#lastOfKeys(log.lastStableOffset).values()) {
      this.#checkLast(record, found.get(record.offset), nowMs)
    }
  }

  #checkLast(record: WrittenRecord, found: Found | undefined, nowMs: number): void {
    const { offset, key, value, writtenMs } = record
    if (found !== undefined) {
      assert.ok(found.isCommitted, `the last value of ${key} at ${offset} is told to nobody`)
      if (value === undefined) this.#noteHorizon(record, found)
      return
    }
    assert.ok(value === undefined, `the last value of ${key} at ${offset} is gone`)
    const horizonMs = this.#horizons.get(offset) ?? writtenMs + this.#deleteRetentionMs
    assert.ok(
      nowMs >= horizonMs,
      `the tombstone at ${offset} is gone at ${nowMs}, not ${horizonMs}`,
    )
  }

  #noteHorizon({ offset, writtenMs }: WrittenRecord, { horizonMs }: Found): void {
    if (horizonMs === undefined) return
    const leastMs = Math.floor(writtenMs + this.#deleteRetentionMs)
    assert.ok(horizonMs >= leastMs, `horizon ${horizonMs} of ${offset}, not ${leastMs}`)
    this.#horizons.set(offset, horizonMs)
  }

  /** Where all is clean nothing is left of what was aborted, and of each key only one. */
  async checkClean(log: PartitionLog, upTo: number): Promise<void> {
    const aborted = this.records.filter(({ transaction }) => transaction?.outcome === 'aborted')
    const abortedOffsets = new Set(aborted.map(({ offset }) => offset))
    const keys = new Set<string>()
    for (const { offset, key } of (await findAll(log)).values()) {
      if (offset >= upTo) break
      assert.ok(!abortedOffsets.has(offset), `offset ${offset} was aborted and is still there`)
      assert.ok(!keys.has(key), `${key} is there twice, at ${offset} too`)
      keys.add(key)
    }
  }

  /** Of what was not aborted; what is undecided may still be, and what lies behind it is told to nobody. */
  #lastOfKeys(lastStableOffset: number): Map<string, WrittenRecord> {
    const last = new Map<string, WrittenRecord>()
    for (const record of this.records) {
      if (record.offset >= lastStableOffset) break
      const { transaction } = record
      if (transaction === undefined || transaction.outcome === 'committed') {
        last.set(record.key, record)
      }
    }
    return last
  }
}

/** All records save markers, as a consumer goes through them: the list of aborted transactions tells it which to skip. */
async function findAll(log: PartitionLog): Promise<Map<number, Found>> {
  const bytes = await bytesOf(log)
  const aborted = log
    .abortedTransactions(log.logStartOffset, log.logEndOffset)
    .toSorted((left, right) => left.firstOffset - right.firstOffset)
  const skipped = new Set<number>()
  const found = new Map<number, Found>()
  for (const batch of batchesIn(bytes)) {
    const { info } = batch
    while ((aborted[0]?.firstOffset ?? Infinity) <= info.lastOffset) {
      skipped.add(aborted.shift()?.producerId ?? -1)
    }
    if (info.isControl) {
      if (isAbort(bytes, batch)) skipped.delete(info.producerId)
      continue
    }
    const isAborted = info.isTransactional && skipped.has(info.producerId)
    const isCommitted = !isAborted && info.lastOffset < log.lastStableOffset
    const { position } = batch
    const horizonMs = hasDeleteHorizon(bytes, position)
      ? baseTimestampOf(bytes, position)
      : undefined
    for (const { offset, key, value } of recordsOf(bytes, position)) {
      const text = value?.toString()
      found.set(offset, { offset, key: `${key?.toString()}`, value: text, horizonMs, isCommitted })
    }
  }
  return found
}

function isAbort(bytes: Buffer, { position }: BatchAt): boolean {
  const [record] = recordsOf(bytes, position)
  return record !== undefined && readEndTxnMarker(record)?.type === ControlRecordType.ABORT
}
