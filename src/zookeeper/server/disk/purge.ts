/** Deletes old snapshots and logs (`autopurge.*`, zkCleanup.sh). Mirrors ZooKeeper's `PurgeTxnLog`. */
import type { FileSystem, Log } from '../../../host/index.ts'
import { filesOf, logsAfter } from './file-names.ts'
import { looksFinished } from './snapshot-reader.ts'

/** Fewer are never kept: the newest may turn out to be damaged. */
export const LEAST_RETAIN_COUNT = 3

export interface PurgeOptions {
  files: FileSystem
  log: Log
  logFolder: string
  snapshotFolder: string
  /** How many finished snapshots stay; at least 3. */
  retainCount: number
}

/** Everything from before the oldest snapshot that stays goes, save the log that it begins in. */
export function purgeFolders(options: PurgeOptions): void {
  const { files, logFolder, snapshotFolder } = options
  const log = options.log.named('org.apache.zookeeper.server.PurgeTxnLog')
  const retainCount = Math.max(options.retainCount, LEAST_RETAIN_COUNT)
  const snapshots = filesOf('snapshot', files.list(snapshotFolder))
  const finished = snapshots.filter(({ name }) => isFinished(files, `${snapshotFolder}/${name}`))
  const oldest = finished.slice(-retainCount)[0]
  if (oldest === undefined) return
  const logs = filesOf('log', files.list(logFolder))
  const needed = new Set(logsAfter(oldest.zxid - 1n, logs))
  const unneeded = [
    ...logs.filter(each => !needed.has(each)).map(({ name }) => `${logFolder}/${name}`),
    ...snapshots
      .filter(({ zxid }) => zxid < oldest.zxid)
      .map(({ name }) => `${snapshotFolder}/${name}`),
  ]
  for (const path of unneeded) {
    log.info(`Removing file: ${path}`)
    files.remove(path)
  }
}

function isFinished(files: FileSystem, path: string): boolean {
  const file = files.open(path, 'read')
  try {
    return looksFinished(file)
  } finally {
    file.close()
  }
}
