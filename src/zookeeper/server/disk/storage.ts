/**
 * The files of one server: the log that changes are written to before they count, and snapshots
 * from which it starts. Knows when to take one and which files are no longer needed.
 */
import { sleep, type Clock, type FileSystem, type Log, type Random } from '../../../host/index.ts'
import type { Sessions } from '../session/sessions.ts'
import type { DataTree } from '../tree/data-tree.ts'
import type { Transaction } from '../tree/transaction.ts'
import { fileName, hexOf, VERSION_FOLDER } from './file-names.ts'
import { purgeFolders } from './purge.ts'
import { recover, type Recovered } from './recover.ts'
import { snapshotPieces } from './snapshot-writer.ts'
import { TransactionLog } from './transaction-log.ts'

export interface StorageOptions {
  /** Snapshots. */
  dataDir: string
  /** Logs; may be the same folder. */
  dataLogDir: string
  preAllocSizeKb: number
  /** A snapshot is taken after a random number of transactions from half of this to all of it. */
  snapCount: number
  /** The same by size of the log; 0 for not at all. */
  snapSizeLimitKb: number
  /** Waits for the disk before anything counts. */
  forceSync: boolean
  fsyncWarningThresholdMs: number
  extendedTypesEnabled: boolean
  trustEmptySnapshot: boolean
}

export interface StorageHost {
  clock: Clock
  random: Random
  files: FileSystem
  log: Log
}

export class Storage {
  readonly #host: StorageHost
  readonly #options: StorageOptions
  readonly logFolder: string
  readonly snapshotFolder: string
  readonly #transactions: TransactionLog
  readonly #log: Log
  #countSinceSnapshot = 0
  #sizeSinceSnapshot = 0
  #countLimit = 0
  #sizeLimit = 0
  #snapshotting: Promise<void> | null = null
  #isClosed = false

  /** Makes the folders. @throws StorageError */
  constructor(host: StorageHost, options: StorageOptions) {
    this.#host = host
    this.#options = options
    this.#log = host.log.named('org.apache.zookeeper.server.persistence.FileTxnSnapLog')
    this.logFolder = `${options.dataLogDir}/${VERSION_FOLDER}`
    this.snapshotFolder = `${options.dataDir}/${VERSION_FOLDER}`
    makeFolder(host.files, this.logFolder)
    makeFolder(host.files, this.snapshotFolder)
    removeDrafts(host.files, this.snapshotFolder)
    this.#transactions = new TransactionLog({
      files: host.files,
      log: host.log,
      folder: this.logFolder,
      preAllocSizeBytes: options.preAllocSizeKb * 1024,
    })
    this.#drawLimits()
  }

  /** @throws StorageError when what is on disk cannot be trusted */
  recover(): Recovered {
    return recover({
      ...this.#options,
      files: this.#host.files,
      log: this.#host.log,
      logFolder: this.logFolder,
      snapshotFolder: this.snapshotFolder,
    })
  }

  /** Gathers a transaction. @returns true when it is time for a snapshot; then the log was rolled */
  append(transaction: Transaction): boolean {
    this.#sizeSinceSnapshot += this.#transactions.append(transaction)
    this.#countSinceSnapshot += 1
    const isDue =
      this.#countSinceSnapshot > this.#countLimit ||
      (this.#sizeLimit > 0 && this.#sizeSinceSnapshot > this.#sizeLimit)
    if (!isDue) return false
    this.#transactions.roll()
    this.#drawLimits()
    return true
  }

  /** True when `flush` is all there is to wait for, because nobody asked for the disk. */
  get isVolatile(): boolean {
    return !this.#options.forceSync
  }

  /** Hands over what was gathered. @throws StorageError */
  write(): void {
    this.#transactions.write()
  }

  /** Resolves when what was written survives a loss of power. */
  async sync(): Promise<void> {
    const startMs = this.#host.clock.monotonicMs()
    await this.#transactions.sync()
    const tookMs = Math.round(this.#host.clock.monotonicMs() - startMs)
    if (tookMs <= this.#options.fsyncWarningThresholdMs) return
    this.#host.log
      .named('org.apache.zookeeper.server.persistence.FileTxnLog')
      .warn(
        `fsync-ing the write ahead log took ${tookMs}ms which will adversely effect operation latency. See the ZooKeeper troubleshooting guide`,
      )
  }

  /** Takes a snapshot and lets nothing happen meanwhile: for the start. @throws StorageError */
  snapshotNow(tree: DataTree, sessions: Sessions): void {
    const draft = this.#beginSnapshot(tree)
    for (const piece of snapshotPieces(tree, sessions.committed())) draft.add(piece)
    draft.file.syncNow()
    draft.finish()
  }

  /** Takes a snapshot while changes go on; does nothing while one is under way. */
  async snapshot(tree: DataTree, sessions: Sessions): Promise<void> {
    if (this.#snapshotting !== null) {
      this.#log.warn('Too busy to snap, skipping')
      return
    }
    this.#snapshotting = this.#snapshotInSlices(tree, sessions)
    try {
      await this.#snapshotting
    } finally {
      this.#snapshotting = null
    }
  }

  /** Deletes all but the newest `retainCount` snapshots, and logs that none of them needs. */
  purge(retainCount: number): void {
    purgeFolders({
      files: this.#host.files,
      log: this.#host.log,
      logFolder: this.logFolder,
      snapshotFolder: this.snapshotFolder,
      retainCount,
    })
  }

  /** Bytes of the files in a folder. */
  sizeBytesOf(folder: string): number {
    const { files } = this.#host
    const sizes = files.list(folder).map(name => files.status(`${folder}/${name}`)?.sizeBytes ?? 0)
    return sizes.reduce((sum, size) => sum + size, 0)
  }

  /** Waits for a snapshot under way. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#snapshotting
    this.#transactions.close()
  }

  async #snapshotInSlices(tree: DataTree, sessions: Sessions): Promise<void> {
    const startMs = this.#host.clock.monotonicMs()
    const draft = this.#beginSnapshot(tree)
    for (const piece of snapshotPieces(tree, sessions.committed())) {
      draft.add(piece)
      await sleep(this.#host.clock, 0)
      if (this.#isClosed) {
        draft.drop()
        return
      }
    }
    await draft.file.sync()
    draft.finish()
    const tookMs = Math.round(this.#host.clock.monotonicMs() - startMs)
    this.#host.log
      .named('org.apache.zookeeper.server.ZooKeeperServer')
      .info(`Snapshot taken in ${tookMs} ms`)
  }

  #beginSnapshot(tree: DataTree): SnapshotDraft {
    const name = fileName('snapshot', tree.lastZxid)
    this.#log.info(`Snapshotting: 0x${hexOf(tree.lastZxid)} to ${this.snapshotFolder}/${name}`)
    return new SnapshotDraft(this.#host.files, this.snapshotFolder, name)
  }

  /** So that the servers of an ensemble do not all take snapshots at once. */
  #drawLimits(): void {
    const { snapCount, snapSizeLimitKb } = this.#options
    const { random } = this.#host
    const halfCount = Math.max(Math.floor(snapCount / 2), 1)
    this.#countLimit = halfCount + random.below(halfCount)
    const halfSizeKb = Math.floor(snapSizeLimitKb / 2)
    this.#sizeLimit = halfSizeKb <= 0 ? 0 : (halfSizeKb + random.below(halfSizeKb)) * 1024
    this.#countSinceSnapshot = 0
    this.#sizeSinceSnapshot = 0
  }
}

/** ZooKeeper passes over files with such names. */
const DRAFT_PREFIX = 'draft-'

/** A snapshot gets its name only when it is whole: a half one must not hide the one before it. */
class SnapshotDraft {
  readonly #files: FileSystem
  readonly #folder: string
  readonly #name: string
  readonly #draftPath: string
  readonly file
  #position = 0

  constructor(files: FileSystem, folder: string, name: string) {
    this.#files = files
    this.#folder = folder
    this.#name = name
    this.#draftPath = `${folder}/${DRAFT_PREFIX}${name}`
    this.file = files.open(this.#draftPath, 'create')
    this.file.truncate(0)
  }

  add(piece: Buffer): void {
    this.file.write(piece, this.#position)
    this.#position += piece.length
  }

  /** After the file was synced. */
  finish(): void {
    this.file.close()
    this.#files.rename(this.#draftPath, `${this.#folder}/${this.#name}`)
    this.#files.syncDirectory(this.#folder)
  }

  drop(): void {
    this.file.close()
    this.#files.remove(this.#draftPath)
  }
}

/** What a crash left of snapshots that were never finished. */
function removeDrafts(files: FileSystem, folder: string): void {
  const drafts = files.list(folder).filter(name => name.startsWith(DRAFT_PREFIX))
  for (const name of drafts) files.remove(`${folder}/${name}`)
}

/** Makes a folder that is still there after a loss of power. */
export function makeFolder(files: FileSystem, path: string): void {
  if (files.status(path) !== undefined) return
  const parent = path.slice(0, path.lastIndexOf('/'))
  if (parent !== '') makeFolder(files, parent)
  files.makeDirectory(path)
  files.syncDirectory(parent === '' ? '/' : parent)
}
