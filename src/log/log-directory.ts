/**
 * One of the broker's log directories (`log.dirs`): its lock, its checkpoints and its logs. When its
 * disk fails it goes offline as a whole, and the others go on (KIP-112).
 */
import type { FileLock, FileSystem, Log } from '../host/index.ts'
import { CheckpointError } from './checkpoint-text.ts'
import {
  OffsetCheckpoint,
  OffsetCheckpointName,
  type PartitionOffset,
} from './offset-checkpoint.ts'
import type { PartitionLog } from './partition-log.ts'

const LOCK_NAME = '.lock'

/** What each checkpoint says of a log; nothing where the log itself tells. */
const checkpointed = {
  [OffsetCheckpointName.recoveryPoint]: (log: PartitionLog) => log.recoveryPoint,
  [OffsetCheckpointName.logStartOffset]: (log: PartitionLog) =>
    log.logStartOffset > log.firstSegmentBaseOffset ? log.logStartOffset : undefined,
  [OffsetCheckpointName.highWatermark]: (log: PartitionLog) => log.highWatermark,
  [OffsetCheckpointName.cleaner]: (log: PartitionLog) => log.compaction.firstDirtyOffset,
} as const
export type LogCheckpoint = keyof typeof checkpointed

export class LogDirectory {
  readonly path: string
  /** By `topic-partition`. */
  readonly logs = new Map<string, PartitionLog>()
  readonly #files: FileSystem
  readonly #logger: Log
  readonly #checkpoints = new Map<LogCheckpoint, OffsetCheckpoint>()
  #lock: FileLock | undefined
  #failure: Error | undefined

  constructor(files: FileSystem, logger: Log, path: string) {
    this.path = path
    this.#files = files
    this.#logger = logger
    for (const name of Object.keys(checkpointed) as LogCheckpoint[]) {
      this.#checkpoints.set(name, new OffsetCheckpoint(files, path, name))
    }
  }

  get isOnline(): boolean {
    return this.#failure === undefined
  }

  /** Why it is offline. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Takes the lock file. @returns `false` while another process holds it @throws StorageError */
  lock(): boolean {
    this.#lock = this.#files.lock(`${this.path}/${LOCK_NAME}`)
    return this.#lock !== undefined
  }

  /** The disk has failed: no more calls to it. @returns whether that is news */
  fail(error: Error): boolean {
    if (this.#failure !== undefined) return false
    this.#failure = error
    return true
  }

  /** Lets go of the lock; the directory may be anyone's. */
  unlock(): void {
    this.#lock?.release()
    this.#lock = undefined
  }

  /** A checkpoint by `topic-partition`; one that is damaged is as good as none. @throws StorageError */
  readCheckpoint(name: LogCheckpoint): Map<string, number> {
    try {
      return this.#checkpoints.get(name)?.read() ?? new Map<string, number>()
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error
      this.#logger.warn(`Ignoring ${name} of directory ${this.path}`, { reason: error.message })
      return new Map<string, number>()
    }
  }

  /** Writes a checkpoint of the logs here. @throws StorageError */
  async writeCheckpoint(name: LogCheckpoint): Promise<void> {
    const offsetOf = checkpointed[name]
    const offsets: PartitionOffset[] = []
    for (const log of this.logs.values()) {
      const offset = offsetOf(log)
      if (offset === undefined) continue
      offsets.push({ topic: log.topic, partition: log.partition, offset })
    }
    await this.#checkpoints.get(name)?.write(offsets)
  }
}
