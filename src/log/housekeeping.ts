/**
 * What a broker does to its logs from time to time: retention, flushes by time, checkpoints, and
 * forgetting silent producers. Periods are broker properties, Kafka's defaults are given here.
 */
import { int64Text } from '../bytes/index.ts'
import type { Clock, Log, Timer } from '../host/index.ts'
import { StorageError } from '../host/index.ts'
import type { LogDirectories } from './log-directories.ts'
import { OffsetCheckpointName } from './offset-checkpoint.ts'
import type { PartitionLog } from './partition-log.ts'

export interface HousekeepingPeriods {
  /** `log.retention.check.interval.ms` */
  readonly retentionCheckMs: number
  /** `log.flush.scheduler.interval.ms` */
  readonly flushCheckMs: number
  /** `log.flush.offset.checkpoint.interval.ms` */
  readonly recoveryPointMs: number
  /** `log.flush.start.offset.checkpoint.interval.ms` */
  readonly logStartOffsetMs: number
  /** `replica.high.watermark.checkpoint.interval.ms` */
  readonly highWatermarkMs: number
  /** `producer.id.expiration.check.interval.ms` */
  readonly producerExpirationMs: number
  /** `log.initial.task.delay.ms`: the first retention run waits until a started broker has settled. */
  readonly initialDelayMs: number
}

export const defaultHousekeepingPeriods: HousekeepingPeriods = {
  retentionCheckMs: 300_000,
  flushCheckMs: Number.MAX_SAFE_INTEGER,
  recoveryPointMs: 60_000,
  logStartOffsetMs: 60_000,
  highWatermarkMs: 5_000,
  producerExpirationMs: 600_000,
  initialDelayMs: 30_000,
}

/** How far the small files of a running broker may lag behind: only people look into them. */
const FILE_LAG_MS = 5_000
/** Longest time that a run over all logs keeps the event loop. */
const SLICE_MS = 4

export class Housekeeping {
  readonly #directories: LogDirectories
  readonly #clock: Clock
  readonly #logger: Log
  #timers: Timer[] = []
  #isClosed = false
  #isRetaining = false

  constructor(directories: LogDirectories) {
    const { clock, log } = directories.context.host
    this.#directories = directories
    this.#clock = clock
    this.#logger = log.named('kafka.log.LogManager')
  }

  start(periods: HousekeepingPeriods): void {
    const directories = this.#directories
    const every = (periodMs: number, action: () => Promise<void>): Timer =>
      this.#clock.every(periodMs, () => void this.#run(action))
    const checkpoint =
      (name: (typeof OffsetCheckpointName)['recoveryPoint' | 'logStartOffset' | 'highWatermark']) =>
      (): Promise<void> =>
        directories.writeCheckpoints(name)
    this.#logger.info(`Starting log cleanup with a period of ${periods.retentionCheckMs} ms.`)
    this.#logger.info(
      `Starting log flusher with a default period of ${int64Text(periods.flushCheckMs)} ms.`,
    )
    this.#timers = [
      this.#clock.after(
        periods.initialDelayMs,
        () => void this.#run(() => this.deleteOldSegments()),
      ),
      every(periods.retentionCheckMs, () => this.deleteOldSegments()),
      every(periods.flushCheckMs, () => this.flushOverdue()),
      every(periods.recoveryPointMs, checkpoint(OffsetCheckpointName.recoveryPoint)),
      every(periods.logStartOffsetMs, checkpoint(OffsetCheckpointName.logStartOffset)),
      every(periods.highWatermarkMs, checkpoint(OffsetCheckpointName.highWatermark)),
      every(FILE_LAG_MS, () => this.#forEachLog(log => log.settle())),
      every(periods.producerExpirationMs, () => this.expireProducers()),
    ]
  }

  /** One retention run over all logs. A run that still goes on is not joined by another. */
  async deleteOldSegments(): Promise<void> {
    if (this.#isRetaining) return
    this.#isRetaining = true
    try {
      const startMs = this.#clock.monotonicMs()
      let count = 0
      await this.#forEachLog(log => {
        // Those are the cleaner's: nothing else may take a segment that it is at work on.
        if (!log.config.isCompacted) count += log.deleteOldSegments()
      })
      const tookMs = Math.round(this.#clock.monotonicMs() - startMs)
      this.#logger.debug('Log cleanup completed', { segments: count, tookMs })
    } finally {
      this.#isRetaining = false
    }
  }

  /** Flushes the logs whose oldest unsynced record is older than `flush.ms`. */
  async flushOverdue(): Promise<void> {
    for (const log of this.#directories.everyLog) {
      if (!log.isOffline && log.isFlushOverdue) await ignoringFailedDisks(() => log.flush())
    }
  }

  async expireProducers(): Promise<void> {
    await this.#forEachLog(log => log.expireProducers())
  }

  /** Calls `action` for each log, a few milliseconds a turn of the event loop. */
  async #forEachLog(action: (log: PartitionLog) => void): Promise<void> {
    let untilMs = this.#clock.monotonicMs() + SLICE_MS
    for (const log of this.#directories.everyLog) {
      if (this.#isClosed) return
      if (!log.isOffline) await ignoringFailedDisks(() => action(log))
      if (this.#clock.monotonicMs() < untilMs) continue
      await new Promise<void>(resolve => this.#clock.soon(resolve))
      untilMs = this.#clock.monotonicMs() + SLICE_MS
    }
  }

  async #run(action: () => Promise<void>): Promise<void> {
    try {
      if (!this.#isClosed) await action()
    } catch (error) {
      this.#logger.error('Uncaught error in scheduled task', { error })
    }
  }

  stop(): void {
    this.#isClosed = true
    for (const timer of this.#timers) timer.cancel()
    this.#timers = []
  }
}

/** A failed disk has taken its directory offline already; the run goes on with the others. */
async function ignoringFailedDisks(action: () => void | Promise<void>): Promise<void> {
  try {
    await action()
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
  }
}
