import type { Host, StorageError } from '../host/index.ts'
import { BackgroundWork } from './background-work.ts'
import { BufferPool } from '../bytes/index.ts'
import { HeaderWalk } from './header-walk.ts'
import type { LogDamage } from './log-damage.ts'
import type { PartitionLog } from './partition-log.ts'
import type { ProducerStateOptions } from './producer-state.ts'
import { SlicedWork } from './sliced-work.ts'

/** What happened to a log that its owner must know at once. Called in the middle of the log's work: note it, act later. */
export interface LogEvents {
  /** The disk failed (KIP-112): every call on a log of this directory fails from now on. */
  onFailure(error: StorageError): void
  /** Bytes in the middle of the log are not what was written. */
  onDamage(log: PartitionLog, damage: LogDamage): void
  /** The log was cut at its end: checkpoints beyond it must not survive. */
  onTruncate(log: PartitionLog): void
}

/** What the logs of a process share. */
export interface LogContext {
  readonly host: Pick<Host, 'files' | 'clock' | 'random' | 'log'>
  readonly walk: HeaderWalk
  readonly stages: BufferPool
  readonly background: BackgroundWork
  readonly slices: SlicedWork
  /** Reads of bytes that were found on the disk: each holds a buffer of 1 MB. */
  readonly warming: BackgroundWork
  readonly producers: ProducerStateOptions
  readonly events: LogEvents
}

export function createLogContext(
  options: Pick<LogContext, 'host' | 'producers' | 'events'>,
): LogContext {
  const { clock, log } = options.host
  const logger = log.named('kafka.log.LogManager')
  // A failing disk has been reported by the log it belongs to.
  const onError = (error: unknown): void => logger.warn('background task failed', { error })
  return {
    ...options,
    walk: new HeaderWalk(),
    stages: new BufferPool(),
    background: new BackgroundWork(clock, 2, onError),
    slices: new SlicedWork(clock),
    warming: new BackgroundWork(clock, 4, onError),
  }
}
