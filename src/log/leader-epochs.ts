/**
 * Where each leader epoch of a partition began (KIP-101, KIP-279), kept in `leader-epoch-checkpoint`
 * as lines `epoch startOffset`. Epochs and offsets both grow from entry to entry.
 *
 * The file is replaced at once, atomically against the end of the process, but reaches the disk with
 * the next `sync`; the log's recovery point does not pass an epoch before that, so that what a power
 * cut takes is found again in the batches.
 */
import assert from 'node:assert/strict'
import type { FileSystem } from '../host/index.ts'
import { checkpointNumber, formatCheckpoint, readCheckpoint } from './checkpoint-text.ts'

const NAME = 'leader-epoch-checkpoint'

export interface EpochEntry {
  readonly epoch: number
  readonly startOffset: number
}

/** The answer to OffsetForLeaderEpoch: the largest epoch not above the one asked for, and its end. */
export interface EpochEndOffset {
  readonly epoch: number
  readonly endOffset: number
}

export class LeaderEpochs {
  readonly #files: FileSystem
  #path: string
  #entries: EpochEntry[] = []
  /** The file is not on the disk as it is. */
  #isDirty = false
  /** The file is not what is here. */
  #isOwed = false

  constructor(files: FileSystem, directory: string) {
    this.#files = files
    this.#path = `${directory}/${NAME}`
  }

  /**
   * Reads the file. @returns whether there was a usable one
   *
   * @throws CheckpointError when it is damaged: the caller rebuilds it from the batches
   */
  load(): boolean {
    const lines = readCheckpoint(this.#files, this.#path, 2)
    this.#entries = []
    for (const [epoch, startOffset] of lines ?? []) {
      this.#put({
        epoch: checkpointNumber(this.#path, epoch as string),
        startOffset: checkpointNumber(this.#path, startOffset as string),
      })
    }
    return lines !== undefined
  }

  /** The directory around the file was renamed. */
  moved(directory: string): void {
    this.#path = `${directory}/${NAME}`
  }

  get entries(): readonly EpochEntry[] {
    return this.#entries
  }

  get latest(): EpochEntry | undefined {
    return this.#entries.at(-1)
  }

  /**
   * Remembers that `epoch` begins at `startOffset`. Entries that contradict it are dropped: the newer
   * leader is right.
   *
   * @throws StorageError
   */
  assign(epoch: number, startOffset: number): void {
    if (this.#put({ epoch, startOffset })) this.#write()
  }

  /** The same without a write for each: `settle` follows before anything relies on it. */
  assignLater(epoch: number, startOffset: number): void {
    if (this.#put({ epoch, startOffset })) this.#isOwed = true
  }

  /** The same for what a scan finds. Epochs not above the latest are known. */
  assignFromScan(epoch: number, startOffset: number): void {
    if (epoch >= 0 && epoch > (this.latest?.epoch ?? -1)) this.assignLater(epoch, startOffset)
  }

  /** Writes down what is owed, if anything. @throws StorageError */
  settle(): void {
    if (this.#isOwed) this.#write()
  }

  #put(entry: EpochEntry): boolean {
    assert(entry.epoch >= 0 && entry.startOffset >= 0, `leader epoch ${entry.epoch}`)
    const latest = this.latest
    if (latest?.epoch === entry.epoch && entry.startOffset >= latest.startOffset) return false
    const kept = this.#entries.findLastIndex(
      ({ epoch, startOffset }) => epoch < entry.epoch && startOffset < entry.startOffset,
    )
    this.#entries.length = kept + 1
    this.#entries.push(entry)
    return true
  }

  /**
   * Where the epoch ends, or the largest known one below it: there two replicas can have parted. An
   * epoch below all known ones ends where the first known one begins. `undefined` when the epoch lies
   * above all known ones, or none is known.
   */
  endOffsetFor(epoch: number, logEndOffset: number): EpochEndOffset | undefined {
    if (epoch < 0) return undefined
    if (epoch === this.latest?.epoch) return { epoch, endOffset: logEndOffset }
    const above = this.#entries.findIndex(entry => entry.epoch > epoch)
    const next = this.#entries[above]
    if (next === undefined) return undefined
    return { epoch: this.#entries[above - 1]?.epoch ?? epoch, endOffset: next.startOffset }
  }

  /** The epoch that wrote `offset`, as far as known. */
  epochForOffset(offset: number): number | undefined {
    return this.#entries.findLast(entry => entry.startOffset <= offset)?.epoch
  }

  /** Drops the epochs that began at or beyond `endOffset`. @throws StorageError */
  truncateFromEnd(endOffset: number): void {
    const kept = this.#entries.filter(entry => entry.startOffset < endOffset)
    if (kept.length === this.#entries.length) return
    this.#entries = kept
    this.#write()
  }

  /** Drops the epochs that ended at or before `startOffset`; the one that holds it begins there. @throws StorageError */
  truncateFromStart(startOffset: number): void {
    const at = this.#entries.findLastIndex(entry => entry.startOffset <= startOffset)
    const holder = this.#entries[at]
    if (holder === undefined || (at === 0 && holder.startOffset === startOffset)) return
    this.#entries.splice(0, at + 1, { epoch: holder.epoch, startOffset })
    this.#write()
  }

  /** @throws StorageError */
  clear(): void {
    if (this.#entries.length === 0) return
    this.#entries = []
    this.#write()
  }

  #write(): void {
    const lines = this.#entries.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`)
    const draft = `${this.#path}.tmp`
    this.#files.writeFile(draft, formatCheckpoint(lines))
    this.#files.rename(draft, this.#path)
    this.#isDirty = true
    this.#isOwed = false
  }

  /** Resolves when the content of the file as it is now is on the disk. @returns whether it was not before @throws StorageError */
  async sync(): Promise<boolean> {
    this.settle()
    if (!this.#isDirty) return false
    this.#isDirty = false
    const handle = this.#files.open(this.#path, 'write')
    try {
      await handle.sync()
    } catch (error) {
      this.#isDirty = true
      throw error
    } finally {
      handle.close()
    }
    return true
  }
}
