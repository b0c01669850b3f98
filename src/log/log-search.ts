/** Looking up offsets of a log by time, while retention and compaction may take segments away. */
import { StorageError } from '../host/index.ts'
import type { LogParts } from './log-parts.ts'
import type { Segment } from './segment.ts'
import type { TimestampedOffset } from './timestamp-lookup.ts'

/**
 * Searches the segments from the one that holds `fromOffset` on. A segment that goes meanwhile, and its
 * file with it, is no failing disk: the search begins again with what there is now.
 *
 * @throws what `search` throws
 */
export async function searchSegments(
  { segments }: Pick<LogParts, 'segments'>,
  fromOffset: () => number,
  search: (segments: readonly Segment[]) => Promise<TimestampedOffset | undefined>,
): Promise<TimestampedOffset | undefined> {
  for (;;) {
    const found = segments.from(fromOffset())
    try {
      return await search(found)
    } catch (error) {
      const isGone = found.some(segment => segments.at(segment.baseOffset) !== segment)
      if (!(error instanceof StorageError && isGone)) throw error
    }
  }
}
