/**
 * Finds the last state on disk: the newest snapshot that is whole, and all transactions after it.
 * Mirrors ZooKeeper's `FileTxnSnapLog.restore`.
 */
import { ProtocolError } from '../../../bytes/index.ts'
import { StorageError, type FileSystem, type Log } from '../../../host/index.ts'
import { OpCode } from '../../wire/index.ts'
import { DataTree, type DataTreeOptions, type TreeEvent } from '../tree/data-tree.ts'
import { DIGEST_VERSION } from '../tree/digest.ts'
import type { Transaction } from '../tree/transaction.ts'
import { filesOf, hexOf, logsAfter } from './file-names.ts'
import { LogReader } from './log-reader.ts'
import { looksFinished, readSnapshot, type Snapshot } from './snapshot-reader.ts'

/** A snapshot older than so many others is not tried any more. */
const MAX_SNAPSHOTS_TRIED = 100

export interface RecoveryOptions extends DataTreeOptions {
  files: FileSystem
  log: Log
  logFolder: string
  snapshotFolder: string
  /** Logs without any snapshot are believed (`zookeeper.snapshot.trust.empty`): for upgrades from 3.4. */
  trustEmptySnapshot: boolean
}

export interface Recovered {
  tree: DataTree
  /** Timeouts in milliseconds by session id. */
  sessions: Map<bigint, number>
  /** The zxid that the snapshot began at; undefined when there was none. */
  snapshotZxid: bigint | undefined
  transactionCount: number
}

/** @throws StorageError when what is there cannot be trusted, with the file and what to do */
export function recover(options: RecoveryOptions): Recovered {
  const { files, logFolder, snapshotFolder } = options
  const logs = filesOf('log', files.list(logFolder))
  const found = newestSnapshot(options)
  if (found === undefined) {
    if (logs.length > 0 && !options.trustEmptySnapshot) {
      throw new UntrustedFilesError(snapshotFolder, 'No snapshot found, but there are log entries.')
    }
    const replay = new Replay(options, {
      tree: new DataTree(options),
      sessions: new Map(),
      digest: null,
    })
    for (const { name } of logs) replay.readLog(`${logFolder}/${name}`)
    return replay.finish(undefined)
  }
  const replay = new Replay(options, found.snapshot)
  for (const { name } of logsAfter(found.zxid, logs)) replay.readLog(`${logFolder}/${name}`)
  return replay.finish(found.zxid)
}

function newestSnapshot(
  options: RecoveryOptions,
): { zxid: bigint; snapshot: Snapshot } | undefined {
  const { files, snapshotFolder } = options
  const log = options.log.named('org.apache.zookeeper.server.persistence.FileSnap')
  const snapshots = filesOf('snapshot', files.list(snapshotFolder)).reverse()
  for (const { name, zxid } of snapshots.slice(0, MAX_SNAPSHOTS_TRIED)) {
    const path = `${snapshotFolder}/${name}`
    const file = files.open(path, 'read')
    try {
      if (!looksFinished(file)) {
        log.info(`Invalid snapshot ${path}: it does not end as one`)
        continue
      }
      log.info(`Reading snapshot ${path}`)
      const snapshot = readSnapshot(file, options)
      snapshot.tree.lastZxid = zxid
      return { zxid, snapshot }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      log.warn(`problem reading snap file ${path}: ${error.message}`)
    } finally {
      file.close()
    }
  }
  if (snapshots.length === 0) return undefined
  throw new UntrustedFilesError(
    snapshotFolder,
    `none of ${snapshots.length} snapshots can be read.`,
  )
}

/** Applies logs to what a snapshot holds, and compares digests on the way. */
class Replay {
  readonly #options: RecoveryOptions
  readonly #log: Log
  readonly #tree: DataTree
  readonly #sessions: Map<bigint, number>
  /** Until its zxid is reached the tree may hold later changes, and no digest can fit. */
  #snapshotDigest: Snapshot['digest']
  #transactionCount = 0
  #hasMismatch = false

  constructor(options: RecoveryOptions, snapshot: Snapshot) {
    this.#options = options
    this.#log = options.log.named('org.apache.zookeeper.server.persistence.FileTxnSnapLog')
    this.#tree = snapshot.tree
    this.#sessions = snapshot.sessions
    const { digest } = snapshot
    const isAhead = digest !== null && digest.zxid >= this.#tree.lastZxid
    this.#snapshotDigest = isAhead ? digest : null
    this.#compareWithSnapshot()
  }

  readLog(path: string): void {
    const file = this.#options.files.open(path, 'read')
    try {
      const reader = new LogReader(file)
      if (!reader.readHeader()) return
      for (let next = reader.next(); ; next = reader.next()) {
        if (next === 'damaged') throw damaged(path, reader.position)
        if (next === 'torn') {
          this.#log.warn(`Last transaction in ${path} was partial: it was never acknowledged`)
        }
        if (typeof next === 'string') return
        this.#apply(next)
      }
    } finally {
      file.close()
    }
  }

  finish(snapshotZxid: bigint | undefined): Recovered {
    if (this.#snapshotDigest !== null) {
      const [highest, wanted] = [this.#tree.lastZxid, this.#snapshotDigest.zxid].map(hexOf)
      this.#log.warn(
        `Highest txn zxid 0x${highest} is not covering the snapshot digest zxid 0x${wanted}, which might lead to inconsistent state`,
      )
    }
    this.#log.info(`${this.#transactionCount} txns loaded`)
    return {
      tree: this.#tree,
      sessions: this.#sessions,
      snapshotZxid,
      transactionCount: this.#transactionCount,
    }
  }

  #apply(transaction: Transaction): void {
    const { header, change } = transaction
    if (header.zxid <= this.#tree.lastZxid) return
    if (change.type === OpCode.createSession) {
      this.#sessions.set(header.clientId, change.body.timeOut)
    } else if (change.type === OpCode.closeSession) {
      this.#sessions.delete(header.clientId)
    }
    const unwatched: TreeEvent[] = []
    this.#tree.apply(transaction, unwatched)
    this.#transactionCount += 1
    if (this.#snapshotDigest === null) this.#compare(transaction)
    this.#compareWithSnapshot()
  }

  #compare({ header, digest }: Transaction): void {
    if (digest?.version !== DIGEST_VERSION || digest.treeDigest === this.#tree.digest) return
    this.#reportMismatch(header.zxid)
  }

  #compareWithSnapshot(): void {
    if (this.#snapshotDigest?.zxid !== this.#tree.lastZxid) return
    const { version, treeDigest, zxid } = this.#snapshotDigest
    this.#snapshotDigest = null
    if (version === DIGEST_VERSION && treeDigest !== this.#tree.digest) this.#reportMismatch(zxid)
  }

  #reportMismatch(zxid: bigint): void {
    if (this.#hasMismatch) return
    this.#hasMismatch = true
    this.#log.error(`Digests are not matching. Value is Zxid. 0x${hexOf(zxid)}`)
  }
}

/** Files that cannot be trusted: starting from them would lose what was acknowledged. */
export class UntrustedFilesError extends StorageError {
  constructor(path: string, why: string) {
    super('recover from', path, { code: 'EBADMSG' })
    this.message = `${path}: ${why} Restore the files from a copy, or move them away to begin anew.`
  }
}

function damaged(path: string, position: number): UntrustedFilesError {
  return new UntrustedFilesError(
    path,
    `the transaction at byte ${position} is damaged, and acknowledged ones follow it.`,
  )
}
