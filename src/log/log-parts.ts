import type { LeaderEpochs } from './leader-epochs.ts'
import type { LogConfig } from './log-config.ts'
import type { LogContext } from './log-context.ts'
import type { LogFlush } from './log-flush.ts'
import type { LogReader } from './log-reader.ts'
import type { ProducerSnapshots } from './producer-snapshots.ts'
import type { ProducerState } from './producer-state.ts'
import { Segment } from './segment.ts'
import type { Segments } from './segments.ts'

/** The pieces of one log, shared by those that work on it. */
export interface LogParts {
  readonly context: LogContext
  /** Changes once for a copy that takes the place of its partition: asked for at each use. */
  directory: string
  config: LogConfig
  readonly segments: Segments
  readonly epochs: LeaderEpochs
  readonly producers: ProducerState
  readonly snapshots: ProducerSnapshots
  readonly flush: LogFlush
  readonly reader: LogReader
}

/** A segment object for the files at `baseOffset`, which it does not touch. */
export function segmentAt(
  { context, directory, config }: Pick<LogParts, 'context' | 'directory' | 'config'>,
  baseOffset: number,
): Segment {
  const { files, clock, random } = context.host
  // Segments of many partitions that began together must not all roll together.
  const jitterMs = Math.min(config.segmentJitterMs, config.segmentMs, 0x7fffffff)
  return new Segment({
    files,
    directory,
    baseOffset,
    createdMs: clock.wallMs(),
    rollJitterMs: jitterMs > 0 ? random.below(jitterMs) : 0,
  })
}
