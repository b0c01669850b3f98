/**
 * What a follower does to its log: appends what the leader has, cuts what the leader has not (the
 * follower's half of Kafka's Partition). The decisions are in `decide/`, the asking is the fetchers'.
 */
import assert from 'node:assert/strict'
import type { PartitionLog } from '../log/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import { readBatchInfo } from '../records/index.ts'
import { truncationFor, type EpochEnd } from './decide/truncation.ts'

/** One partition of a leader's answer. */
export interface ReplicatedRecords {
  readonly records: Buffer | null
  readonly highWatermark: number
  /** Of the leader. */
  readonly logStartOffset: number
}

export class Following {
  readonly #current: () => PartitionLog
  readonly #onProgress: () => void
  #busy: Promise<unknown> | undefined
  /** Counts what the controller said: what was begun under an earlier word ends with it. */
  #term = 0

  /**
   * @param current its log: another one after a move between log directories, which waits while this one is busy
   * @param onProgress the high watermark has moved
   */
  constructor(current: () => PartitionLog, onProgress: () => void) {
    this.#current = current
    this.#onProgress = onProgress
  }

  get #log(): PartitionLog {
    return this.#current()
  }

  /** The log is being cut: nothing may be appended, by anybody. */
  get isBusy(): boolean {
    return this.#busy !== undefined
  }

  /** The partition follows another leader, in another epoch, or none. */
  beginTerm(): void {
    this.#term += 1
  }

  /** Resolves when no cut is under way. */
  async settled(): Promise<void> {
    while (this.#busy !== undefined) await this.#busy.catch(() => undefined)
  }

  /**
   * Appends what was fetched at the end of the log; when it resolves, the bytes are where the next fetch
   * may call them ours: in the page cache, or on the disk where `flush.messages` asks for that.
   *
   * @returns CORRUPT_MESSAGE for damaged bytes, OFFSET_OUT_OF_RANGE for records that do not go on where the log ends
   * @throws StorageError, ProtocolError
   */
  async append({ records, highWatermark, logStartOffset }: ReplicatedRecords): Promise<ErrorCode> {
    const log = this.#log
    if (records !== null && records.length > 0) {
      const errorCode = this.#append(records) ?? (await this.#beginWithin(records))
      if (errorCode !== ErrorCode.NONE) return errorCode
      if (log.isFlushDue) await log.flush()
    }
    // A new leader's high watermark may lag behind for a while: what was committed stays so.
    const before = log.highWatermark
    const committed = Math.min(highWatermark, log.logEndOffset)
    if (committed > before) log.updateHighWatermark(committed)
    if (logStartOffset > log.logStartOffset) log.advanceStartOffset(logStartOffset)
    if (log.highWatermark !== before) this.#onProgress()
    return ErrorCode.NONE
  }

  /** @returns `undefined` where the log is empty and the first batch holds the offset that it begins at */
  #append(records: Buffer): ErrorCode | undefined {
    const log = this.#log
    const { errorCode } = log.appendAsFollower(records)
    if (errorCode === ErrorCode.NONE) log.writeStaged()
    if (errorCode !== ErrorCode.OFFSET_OUT_OF_RANGE) return errorCode
    if (log.logEndOffset !== log.logStartOffset) return errorCode
    const { baseOffset, lastOffset } = readBatchInfo(records, 0)
    const holdsStart = baseOffset < log.logEndOffset && lastOffset >= log.logEndOffset
    return holdsStart ? undefined : errorCode
  }

  /** DeleteRecords may let a leader's log begin within a batch; a copy has to begin with the batch. */
  async #beginWithin(records: Buffer): Promise<ErrorCode> {
    const term = this.#term
    await this.restartAt(readBatchInfo(records, 0).baseOffset)
    if (term !== this.#term) return ErrorCode.NOT_LEADER_OR_FOLLOWER
    const { errorCode } = this.#log.appendAsFollower(records)
    if (errorCode === ErrorCode.NONE) this.#log.writeStaged()
    return errorCode
  }

  /**
   * Cuts the log where it parts from the leader's, by the leader's answer to our latest epoch.
   *
   * @returns whether the two are known to agree now; else the leader is to be asked again
   * @throws StorageError
   */
  async cutTo(end: EpochEnd): Promise<boolean> {
    const { offset, isComplete } = truncationFor(end, this.#log)
    await this.#exclusively(() => this.#log.truncateTo(offset))
    return isComplete
  }

  /** Cuts to a plain offset: what a leader has that was elected uncleanly, or a log without epochs. @throws StorageError */
  async cutToOffset(offset: number): Promise<void> {
    await this.#exclusively(() => this.#log.truncateTo(offset))
  }

  /** Drops all and goes on at `offset`. @throws StorageError */
  async restartAt(offset: number): Promise<void> {
    await this.#exclusively(() => this.#log.truncateFullyAndStartAt(offset))
  }

  /** Drops what is behind a damage, to be fetched again. @throws StorageError */
  async dropDamaged(): Promise<void> {
    await this.#exclusively(() => this.#log.dropDamaged())
  }

  async #exclusively(cut: () => Promise<unknown>): Promise<void> {
    assert(this.#busy === undefined, `${this.#log.name} is cut twice at once`)
    const cutting = cut()
    this.#busy = cutting
    try {
      await cutting
    } finally {
      this.#busy = undefined
    }
  }
}
