/** Whether there is something to clean in a log, and how much. Mirrors Kafka's LogCleanerManager. */
import type { LogConfig } from '../log-config.ts'
import type { Segment } from '../segment.ts'

export interface CandidateView {
  /** All of the log, the active one last. */
  readonly segments: readonly Pick<
    Segment,
    'baseOffset' | 'sizeBytes' | 'maxTimestamp' | 'firstTimestamp'
  >[]
  readonly config: LogConfig
  readonly logStartOffset: number
  readonly logEndOffset: number
  readonly lastStableOffset: number
  /** Up to where it was cleaned, as the checkpoint has it. */
  readonly checkpointOffset: number | undefined
  readonly nowMs: number
}

export interface Candidate {
  readonly firstDirtyOffset: number
  /** Base of the first segment that cannot be cleaned yet. */
  readonly upToOffset: number
  readonly cleanableBytes: number
  readonly totalBytes: number
  /** Share of the dirty bytes, from 0 to 1. */
  readonly ratio: number
  /** For how long `max.compaction.lag.ms` has been passed; 0 when it has not. */
  readonly delayMs: number
  /** Why the checkpoint cannot be right, if so. */
  readonly invalid: 'before the log start' | 'beyond the log end' | undefined
}

type View = CandidateView['segments']

export function candidateOf(view: CandidateView): Candidate {
  const { invalid, firstDirtyOffset } = firstDirty(view)
  const inactive = view.segments.slice(0, -1)
  const activeBase = view.segments.at(-1)?.baseOffset ?? 0
  const dirty = inactive.filter((_, n) => endOf(view.segments, n) > firstDirtyOffset)
  const limit = Math.max(firstDirtyOffset, uncleanableFrom(view, dirty, activeBase))
  // A segment is cleaned as a whole or not at all.
  const upTo = inactive.findIndex((_, n) => endOf(view.segments, n) > limit)
  const upToOffset = inactive[upTo]?.baseOffset ?? activeBase
  const cleanableBytes = sizeOf(dirty.filter(({ baseOffset }) => baseOffset < upToOffset))
  const cleanBytes = sizeOf(view.segments.filter(({ baseOffset }) => baseOffset < firstDirtyOffset))
  const totalBytes = cleanBytes + cleanableBytes
  return {
    ...{ firstDirtyOffset, upToOffset, cleanableBytes, totalBytes, invalid },
    ratio: totalBytes === 0 ? 0 : cleanableBytes / totalBytes,
    delayMs: compactionDelay(view, dirty),
  }
}

function firstDirty(view: CandidateView): Pick<Candidate, 'firstDirtyOffset' | 'invalid'> {
  const { logStartOffset, logEndOffset, checkpointOffset = logStartOffset } = view
  if (checkpointOffset < logStartOffset) {
    return { firstDirtyOffset: logStartOffset, invalid: 'before the log start' }
  }
  // What is written there is not what was cleaned: all of the log may be dirty.
  if (checkpointOffset > logEndOffset) {
    return { firstDirtyOffset: logStartOffset, invalid: 'beyond the log end' }
  }
  return { firstDirtyOffset: checkpointOffset, invalid: undefined }
}

/** Not the active segment, nothing undecided or not replicated, nothing too young. */
function uncleanableFrom(
  { lastStableOffset, config, nowMs }: CandidateView,
  dirty: View,
  activeBase: number,
): number {
  const minLagMs = Math.max(config.minCompactionLagMs, 0)
  const young =
    minLagMs > 0 ? dirty.find(({ maxTimestamp }) => maxTimestamp > nowMs - minLagMs) : undefined
  return Math.min(lastStableOffset, activeBase, young?.baseOffset ?? Infinity)
}

function compactionDelay({ config, nowMs }: CandidateView, dirty: View): number {
  const cleanUntilMs = nowMs - Math.max(config.maxCompactionLagMs, 0)
  let earliestMs = Infinity
  for (const { firstTimestamp } of dirty) {
    if (firstTimestamp > 0) earliestMs = Math.min(earliestMs, firstTimestamp)
  }
  return earliestMs < cleanUntilMs ? cleanUntilMs - earliestMs : 0
}

function endOf(segments: View, n: number): number {
  return segments[n + 1]?.baseOffset ?? Infinity
}

function sizeOf(segments: View): number {
  return segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}

/** Whether a log is dirty enough, or has waited for long enough. */
export function isCleanable(
  { delayMs, cleanableBytes, ratio }: Candidate,
  { minCleanableDirtyRatio }: Pick<LogConfig, 'minCleanableDirtyRatio'>,
): boolean {
  return (delayMs > 0 && cleanableBytes > 0) || ratio > minCleanableDirtyRatio
}
