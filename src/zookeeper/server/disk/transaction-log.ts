/**
 * Appends transactions to the log files of a folder. A file is begun with the first transaction
 * after `roll`, and named by it; it grows ahead in steps of `preAllocSizeKb`, as ZooKeeper's does.
 * `append` only gathers: `write` puts what was gathered into the page cache, `sync` onto the disk.
 */
import { Writer } from '../../../bytes/index.ts'
import { StorageError, type FileHandle, type FileSystem, type Log } from '../../../host/index.ts'
import { FileHeader, writeRecord } from '../../wire/index.ts'
import type { Transaction } from '../tree/transaction.ts'
import { fileName } from './file-names.ts'
import { LOG_MAGIC, LOG_VERSION } from './log-reader.ts'
import { encodeTransaction } from './transaction-codec.ts'

/** A file is made longer when less than this is left of it. */
const NEAR_END_BYTES = 4096

export interface TransactionLogOptions {
  files: FileSystem
  log: Log
  folder: string
  /** How far a file grows ahead; 0 for not at all. */
  preAllocSizeBytes: number
}

interface Segment {
  readonly file: FileHandle
  position: number
  /** Up to where the file was made longer. */
  allocatedBytes: number
}

export class TransactionLog {
  readonly #options: TransactionLogOptions
  readonly #log: Log
  #segment: Segment | null = null
  #gathered: { zxid: bigint; entry: Buffer; startsFile: boolean }[] = []
  #startsFile = true
  /** Files that were rolled and may hold bytes that are not synced yet. */
  #finished: FileHandle[] = []

  constructor(options: TransactionLogOptions) {
    this.#options = options
    this.#log = options.log.named('org.apache.zookeeper.server.persistence.FileTxnLog')
  }

  /** @returns the size of the entry */
  append(transaction: Transaction): number {
    const entry = encodeTransaction(transaction)
    const { zxid } = transaction.header
    this.#gathered.push({ zxid, entry, startsFile: this.#startsFile })
    this.#startsFile = false
    return entry.length
  }

  /** The next transaction begins a file. */
  roll(): void {
    this.#startsFile = true
  }

  /** Hands everything that was appended to the operating system. @throws StorageError */
  write(): void {
    const gathered = this.#gathered
    this.#gathered = []
    let parts: Buffer[] = []
    for (const { zxid, entry, startsFile } of gathered) {
      if (startsFile) {
        this.#writeParts(parts)
        parts = []
        this.#begin(zxid)
      }
      parts.push(entry)
    }
    this.#writeParts(parts)
  }

  /** Resolves when everything that was written is on the disk. @throws StorageError */
  async sync(): Promise<void> {
    const finished = this.#finished
    this.#finished = []
    for (const file of finished) {
      await file.sync()
      file.close()
    }
    await this.#segment?.file.sync()
  }

  close(): void {
    for (const file of this.#finished) file.close()
    this.#finished = []
    this.#segment?.file.close()
    this.#segment = null
  }

  #begin(zxid: bigint): void {
    const { files, folder } = this.#options
    if (this.#segment !== null) this.#finished.push(this.#segment.file)
    const name = fileName('log', zxid)
    this.#log.info(`Creating new log file: ${name}`)
    const file = files.open(`${folder}/${name}`, 'create')
    // A file of this name can only hold a torn entry that never was: nothing of it may show through.
    file.truncate(0)
    const header = new Writer()
    writeRecord(FileHeader, header, { magic: LOG_MAGIC, version: LOG_VERSION, dbid: 0n })
    const bytes = header.finish()
    file.write(bytes, 0)
    this.#segment = { file, position: bytes.length, allocatedBytes: bytes.length }
    files.syncDirectory(folder)
  }

  #writeParts(parts: readonly Buffer[]): void {
    if (parts.length === 0) return
    const segment = this.#segment
    if (segment === null) throw new StorageError('write', this.#options.folder, { code: 'EBADF' })
    const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0)
    this.#allocate(segment, sizeBytes)
    segment.file.writeGathered(parts, segment.position)
    segment.position += sizeBytes
  }

  #allocate(segment: Segment, sizeBytes: number): void {
    const step = this.#options.preAllocSizeBytes
    const end = segment.position + sizeBytes
    if (step <= 0 || end + NEAR_END_BYTES < segment.allocatedBytes) return
    const grown = Math.floor((end + NEAR_END_BYTES) / step + 1) * step
    segment.file.truncate(grown)
    segment.allocatedBytes = grown
  }
}
