/**
 * Names of the files in a partition's directory. A file belongs to the segment, or to the moment,
 * whose offset stands in its name as 20 digits. A suffix behind the name says what is under way:
 * `.deleted` renamed, removed after a delay; `.cleaned` compaction is writing it, worthless after a
 * crash; `.swap` compaction has finished it and it takes the place of the segments it covers.
 */

export const FileEnding = {
  log: '.log',
  offsetIndex: '.index',
  timeIndex: '.timeindex',
  transactionIndex: '.txnindex',
  producerSnapshot: '.snapshot',
} as const
export type FileEnding = (typeof FileEnding)[keyof typeof FileEnding]

export const FileSuffix = {
  none: '',
  deleted: '.deleted',
  cleaned: '.cleaned',
  swap: '.swap',
} as const
export type FileSuffix = (typeof FileSuffix)[keyof typeof FileSuffix]

const pattern =
  /^(\d{20})(\.log|\.index|\.timeindex|\.txnindex|\.snapshot)(\.deleted|\.cleaned|\.swap|)$/

export interface SegmentFileName {
  readonly name: string
  readonly offset: number
  readonly ending: FileEnding
  readonly suffix: FileSuffix
}

/** `00000000000000000042.log` for 42 and `.log`. */
export function segmentFileName(
  offset: number,
  ending: FileEnding,
  suffix: FileSuffix = FileSuffix.none,
): string {
  return String(offset).padStart(20, '0') + ending + suffix
}

/** `undefined` for the other files of the directory, and for offsets beyond 2^53. */
export function parseSegmentFileName(name: string): SegmentFileName | undefined {
  const match = pattern.exec(name)
  if (match === null) return undefined
  const offset = Number(match[1])
  if (!Number.isSafeInteger(offset)) return undefined
  return { name, offset, ending: match[2] as FileEnding, suffix: match[3] as FileSuffix }
}
