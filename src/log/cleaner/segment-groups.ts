/** Which segments are written anew as one, so that a log that shrinks does not fall into ever smaller files. */
import type { LogConfig } from '../log-config.ts'
import { MAX_RELATIVE_OFFSET } from '../segment.ts'
import type { SegmentExtent } from './cleaning-order.ts'

/** Neighbours, as many as fit `segment.bytes` and `segment.index.bytes` before they are cleaned. */
export function groupSegments(
  segments: readonly SegmentExtent[],
  { segmentBytes, segmentIndexBytes }: Pick<LogConfig, 'segmentBytes' | 'segmentIndexBytes'>,
): SegmentExtent[][] {
  const groups: SegmentExtent[][] = []
  let group: SegmentExtent[] = []
  let room = { bytes: 0, offsetIndexBytes: 0, timeIndexBytes: 0 }
  for (const segment of segments) {
    room = {
      bytes: room.bytes - segment.sizeBytes,
      offsetIndexBytes: room.offsetIndexBytes - segment.offsetIndexBytes,
      timeIndexBytes: room.timeIndexBytes - segment.timeIndexBytes,
    }
    const fits = room.bytes >= 0 && room.offsetIndexBytes >= 0 && room.timeIndexBytes >= 0
    if (group.length === 0 || !fits || !isWithinReach(group, segment)) {
      group = []
      groups.push(group)
      room = {
        bytes: segmentBytes - segment.sizeBytes,
        offsetIndexBytes: segmentIndexBytes - segment.offsetIndexBytes,
        timeIndexBytes: segmentIndexBytes - segment.timeIndexBytes,
      }
    }
    group.push(segment)
  }
  return groups
}

/** Indexes count offsets from the base in 32 bits. An empty segment has none. */
function isWithinReach([first]: readonly SegmentExtent[], segment: SegmentExtent): boolean {
  if (segment.sizeBytes === 0) return true
  return segment.endOffset - 1 - (first?.baseOffset ?? 0) <= MAX_RELATIVE_OFFSET
}
