import { basename } from 'node:path'
import type { LogParts } from './log-parts.ts'
import { FileSuffix } from './segment-files.ts'
import type { Segment } from './segment.ts'

/**
 * Renames the files of segments that are no longer part of the log, and removes them when nobody can
 * be reading them any more.
 *
 * @param keptSnapshotOffset a segment that begins here took the place of one: its snapshot stays
 * @throws StorageError
 */
export function discardSegments(
  parts: LogParts,
  segments: readonly Segment[],
  keptSnapshotOffset?: number,
): void {
  const { context, config, snapshots, reader } = parts
  const { files } = context.host
  for (const segment of segments) {
    const paths = segment.rename(FileSuffix.deleted)
    if (segment.baseOffset !== keptSnapshotOffset) {
      const snapshot = snapshots.markDeleted(segment.baseOffset)
      if (snapshot !== undefined) paths.push(snapshot)
    }
    segment.close()
    context.background.addLater(config.fileDeleteDelayMs, async () => {
      // The directory around them may have another name by then.
      for (const path of paths) await files.removeTree(`${parts.directory}/${basename(path)}`)
    })
  }
  reader.forget()
}
