/**
 * Puts right what a crash interrupted in a partition's directory: deletions that were announced are
 * done, half-written results of compaction dropped, finished ones put in the place of the segments
 * they cover (the order is Kafka's: KAFKA-6264, KAFKA-13068).
 */
import type { FileSystem } from '../host/index.ts'
import type { HeaderWalk } from './header-walk.ts'
import {
  FileEnding,
  FileSuffix,
  parseSegmentFileName,
  type SegmentFileName,
} from './segment-files.ts'

/** @returns the names of the segment files and snapshots that remain @throws StorageError */
export function settleUnfinishedFiles(
  files: FileSystem,
  directory: string,
  walk: HeaderWalk,
): SegmentFileName[] {
  const found = segmentFiles(files, directory)
  const cleaned = found.filter(({ suffix }) => suffix === FileSuffix.cleaned)
  const firstCleaned = Math.min(...cleaned.map(({ offset }) => offset))
  const swaps = found.filter(({ suffix }) => suffix === FileSuffix.swap)
  // A swap at or behind a cleaned file is part of a split that was not finished.
  const [broken, finished] = partition(swaps, ({ offset }) => offset >= firstCleaned)
  const deleted = found.filter(({ suffix }) => suffix === FileSuffix.deleted)
  for (const { name } of [...deleted, ...broken, ...cleaned]) files.remove(`${directory}/${name}`)
  if (finished.length > 0) completeSwaps(files, directory, finished, walk)
  return found.some(({ suffix }) => suffix !== FileSuffix.none)
    ? segmentFiles(files, directory)
    : found
}

function segmentFiles(files: FileSystem, directory: string): SegmentFileName[] {
  return files
    .list(directory)
    .map(parseSegmentFileName)
    .filter(name => name !== undefined)
}

function partition<Item>(items: readonly Item[], test: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(test), items.filter(item => !test(item))]
}

/** Removes the segments that the swaps cover, then gives the swaps their names. */
function completeSwaps(
  files: FileSystem,
  directory: string,
  swaps: readonly SegmentFileName[],
  walk: HeaderWalk,
): void {
  const logs = swaps.filter(({ ending }) => ending === FileEnding.log)
  const from = Math.min(...logs.map(({ offset }) => offset))
  const to = Math.max(...logs.map(swap => endOffsetOf(files, directory, swap, walk)))
  for (const { name, offset, suffix } of segmentFiles(files, directory)) {
    const isCovered = suffix !== FileSuffix.swap && offset >= from && offset < to
    if (isCovered) files.remove(`${directory}/${name}`)
  }
  for (const { name } of swaps) {
    const path = `${directory}/${name}`
    files.rename(path, path.slice(0, -FileSuffix.swap.length))
  }
}

/** The offset behind the last batch of a segment file. */
function endOffsetOf(
  files: FileSystem,
  directory: string,
  { name, offset }: SegmentFileName,
  walk: HeaderWalk,
): number {
  const file = files.open(`${directory}/${name}`, 'read')
  try {
    let endOffset = offset
    walk.start(file, 0, file.sizeBytes())
    while (walk.next()) endOffset = walk.lastOffset + 1
    return endOffset
  } finally {
    file.close()
  }
}
