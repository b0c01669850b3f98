/**
 * An offset for each partition of a log directory: recovery points, log start offsets, high
 * watermarks, and where the cleaner is. Lines are `topic partition offset`.
 */
import type { FileSystem } from '../host/index.ts'
import { checkpointNumber, formatCheckpoint, readCheckpoint } from './checkpoint-text.ts'
import type { TopicPartition } from './partition-directory.ts'
import { replaceFileSoon } from './replace-file.ts'

/** The checkpoints of a log directory, by Kafka's file names. */
export const OffsetCheckpointName = {
  recoveryPoint: 'recovery-point-offset-checkpoint',
  logStartOffset: 'log-start-offset-checkpoint',
  highWatermark: 'replication-offset-checkpoint',
  cleaner: 'cleaner-offset-checkpoint',
} as const
export type OffsetCheckpointName = (typeof OffsetCheckpointName)[keyof typeof OffsetCheckpointName]

export interface PartitionOffset extends TopicPartition {
  readonly offset: number
}

export class OffsetCheckpoint {
  readonly path: string
  readonly #files: FileSystem
  #writing: Promise<void> | undefined
  #waiting: string | undefined

  constructor(files: FileSystem, directory: string, name: OffsetCheckpointName) {
    this.#files = files
    this.path = `${directory}/${name}`
  }

  /** Offsets by `topic-partition`; empty when never written. @throws CheckpointError, StorageError */
  read(): Map<string, number> {
    const offsets = new Map<string, number>()
    for (const [topic, partition, offset] of readCheckpoint(this.#files, this.path, 3) ?? []) {
      checkpointNumber(this.path, partition as string)
      offsets.set(
        `${topic as string}-${partition as string}`,
        checkpointNumber(this.path, offset as string),
      )
    }
    return offsets
  }

  /**
   * Replaces the content; resolves when the new one is durable. While a write is under way the
   * newest content waits, and one that waited before it is dropped: memory and disk see no queue.
   *
   * @throws StorageError
   */
  async write(offsets: readonly PartitionOffset[]): Promise<void> {
    this.#waiting = formatCheckpoint(
      offsets.map(({ topic, partition, offset }) => `${topic} ${partition} ${offset}`),
    )
    this.#writing ??= this.#writeWaiting()
    await this.#writing
  }

  async #writeWaiting(): Promise<void> {
    try {
      while (this.#waiting !== undefined) {
        const content = this.#waiting
        this.#waiting = undefined
        await replaceFileSoon(this.#files, this.path, content)
      }
    } finally {
      this.#writing = undefined
    }
  }
}
