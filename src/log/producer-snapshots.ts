/**
 * The snapshots of a partition's producers. One is taken whenever a segment begins, so that the
 * state at any offset can be had by replaying one segment, and when the log is closed.
 */
import type { FileSystem } from '../host/index.ts'
import type { ProducerEntry } from './producer-entry.ts'
import { decodeProducerSnapshot, encodeProducerSnapshot } from './producer-snapshot.ts'
import type { ProducerState } from './producer-state.ts'
import { FileEnding, FileSuffix, segmentFileName, type SegmentFileName } from './segment-files.ts'

export interface LoadedSnapshot {
  readonly offset: number
  readonly entries: ProducerEntry[]
}

export class ProducerSnapshots {
  readonly #files: FileSystem
  #directory: string
  /** Ascending. */
  #offsets: number[]
  readonly #unsynced = new Set<number>()

  /** @param names of the files in the directory, none with a suffix */
  constructor(files: FileSystem, directory: string, names: readonly SegmentFileName[]) {
    this.#files = files
    this.#directory = directory
    this.#offsets = names
      .filter(({ ending }) => ending === FileEnding.producerSnapshot)
      .map(({ offset }) => offset)
      .sort((a, b) => a - b)
  }

  /** The directory around the files was renamed. */
  moved(directory: string): void {
    this.#directory = directory
  }

  get offsets(): readonly number[] {
    return this.#offsets
  }

  get latestOffset(): number | undefined {
    return this.#offsets.at(-1)
  }

  #path(offset: number): string {
    return `${this.#directory}/${segmentFileName(offset, FileEnding.producerSnapshot)}`
  }

  /** Writes the state as of its `endOffset`; it reaches the disk with `sync`. @returns whether there was none @throws StorageError */
  take(state: ProducerState): boolean {
    const offset = state.endOffset
    if (offset <= 0 || this.#offsets.includes(offset)) return false
    this.#files.writeFile(this.#path(offset), encodeProducerSnapshot(state.entries(), state.size))
    this.#offsets.push(offset)
    this.#offsets.sort((a, b) => a - b)
    this.#unsynced.add(offset)
    return true
  }

  /** The newest valid one in `(afterOffset, upToOffset]`; damaged ones are removed. @throws StorageError */
  load(afterOffset: number, upToOffset: number): LoadedSnapshot | undefined {
    for (const offset of this.#offsets.toReversed()) {
      if (offset > upToOffset) continue
      if (offset <= afterOffset) return undefined
      const entries = decodeProducerSnapshot(this.#files.readFile(this.#path(offset)))
      if (entries !== undefined) return { offset, entries }
      this.remove(offset)
    }
    return undefined
  }

  /** @throws StorageError */
  remove(offset: number): void {
    this.#forget(offset)
    this.#files.remove(this.#path(offset))
  }

  /** Removes all outside `(afterOffset, upToOffset]`. @throws StorageError */
  keepWithin(afterOffset: number, upToOffset: number): void {
    for (const offset of [...this.#offsets]) {
      if (offset <= afterOffset || offset > upToOffset) this.remove(offset)
    }
  }

  /**
   * Removes those that belong to no segment, save the newest when it lies behind all segments: that
   * one was taken at a clean shutdown.
   *
   * @throws StorageError
   */
  keepThoseOf(segmentBaseOffsets: readonly number[]): void {
    const lastBaseOffset = segmentBaseOffsets.at(-1) ?? 0
    const latest = this.latestOffset
    for (const offset of [...this.#offsets]) {
      const isLast = offset === latest && offset > lastBaseOffset
      if (!isLast && !segmentBaseOffsets.includes(offset)) this.remove(offset)
    }
  }

  /** Gives the file of a segment that goes the suffix `.deleted`. @returns its new path, if there is one @throws StorageError */
  markDeleted(offset: number): string | undefined {
    if (!this.#offsets.includes(offset)) return undefined
    this.#forget(offset)
    const path = this.#path(offset)
    this.#files.rename(path, path + FileSuffix.deleted)
    return path + FileSuffix.deleted
  }

  #forget(offset: number): void {
    this.#offsets = this.#offsets.filter(other => other !== offset)
    this.#unsynced.delete(offset)
  }

  /** Resolves when the contents of all that were taken before are on the disk. @returns whether some were not @throws StorageError */
  async sync(): Promise<boolean> {
    const isWork = this.#unsynced.size > 0
    for (const offset of [...this.#unsynced]) {
      if (!this.#unsynced.delete(offset)) continue
      const handle = this.#files.open(this.#path(offset), 'write')
      try {
        await handle.sync()
      } finally {
        handle.close()
      }
    }
    return isWork
  }
}
