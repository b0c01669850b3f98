/** Which segments of a log may go. They go from the beginning, and never what is not replicated yet. */
import type { Segment } from './segment.ts'

export type RetentionReason = 'log start offset' | 'retention.bytes' | 'retention.ms'

export interface RetentionView {
  readonly segments: readonly Segment[]
  readonly logStartOffset: number
  readonly logEndOffset: number
  readonly highWatermark: number
  readonly retentionBytes: number
  readonly retentionMs: number
  readonly wallMs: number
}

/** The segments at the beginning that the reason allows to delete; an empty active one stays. */
export function deletableSegments(view: RetentionView, reason: RetentionReason): Segment[] {
  const isBreached = breachTest(view, reason)
  const { segments, logEndOffset, highWatermark } = view
  const kept = segments.findIndex((segment, n) => {
    const next = segments[n + 1]
    if (next === undefined && segment.sizeBytes === 0) return true
    if (highWatermark < (next?.baseOffset ?? logEndOffset)) return true
    return !isBreached(segment, next)
  })
  return segments.slice(0, kept < 0 ? segments.length : kept)
}

type BreachTest = (segment: Segment, next: Segment | undefined) => boolean
const never: BreachTest = () => false

function breachTest(view: RetentionView, reason: RetentionReason): BreachTest {
  switch (reason) {
    case 'log start offset':
      return (_, next) => next !== undefined && next.baseOffset <= view.logStartOffset
    case 'retention.bytes':
      return sizeBreach(view)
    case 'retention.ms':
      if (view.retentionMs < 0) return never
      return segment => view.wallMs - segment.newestMs > view.retentionMs
  }
}

/** A segment goes when the rest alone still is as large as the limit. */
function sizeBreach({ segments, retentionBytes }: RetentionView): BreachTest {
  let excessBytes = segments.reduce((sum, segment) => sum + segment.sizeBytes, -retentionBytes)
  if (retentionBytes < 0) return never
  return segment => {
    if (excessBytes < segment.sizeBytes) return false
    excessBytes -= segment.sizeBytes
    return true
  }
}
