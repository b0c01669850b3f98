/**
 * `.kafka_cleanshutdown`: the directory was closed in order, so its logs need no recovery. From 3.8
 * on it holds the broker epoch as JSON (KIP-966); before, it was empty. It is taken away as soon as
 * it was seen, so that a crash while loading counts as one.
 */
import type { FileSystem } from '../host/index.ts'

const NAME = '.kafka_cleanshutdown'

/** Whether the last shutdown was clean. Removes the mark. @throws StorageError */
export function takeCleanShutdownMark(files: FileSystem, directory: string): boolean {
  const path = `${directory}/${NAME}`
  if (files.status(path) === undefined) return false
  files.remove(path)
  files.syncDirectory(directory)
  return true
}

/** @param brokerEpoch -1 when the broker never registered. @throws StorageError */
export function leaveCleanShutdownMark(
  files: FileSystem,
  directory: string,
  brokerEpoch: number,
): void {
  files.replaceFile(`${directory}/${NAME}`, JSON.stringify({ version: 0, brokerEpoch }))
}
