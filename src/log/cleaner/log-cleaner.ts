/**
 * Compacts the logs of a broker: the dirtiest first, in as many threads as `log.cleaner.threads` says.
 * The threads read and write; what becomes part of a log is decided and done here, in the event loop.
 * Mirrors Kafka's LogCleaner and LogCleanerManager.
 */
import { sleep, StorageError, TaskCancelledError, type Host, type Log } from '../../host/index.ts'
import type { CompactionRun } from '../log-compaction.ts'
import type { LogDirectories } from '../log-directories.ts'
import { OffsetCheckpointName } from '../offset-checkpoint.ts'
import type { PartitionLog } from '../partition-log.ts'
import { isCleanable, type Candidate } from './candidate.ts'
import { logText, reportOf } from './cleaner-lines.ts'
import type { CleanerSettings } from './cleaner-settings.ts'
import type { CleaningNews, CleaningOrder, CleaningOutcome } from './cleaning-order.ts'
import { task } from './cleaning-task.ts'
import { KEY_HASH_SECRET_BYTES } from './key-hash.ts'
import { segmentText } from './segment-text.ts'

export interface LogCleanerOptions {
  readonly host: Pick<Host, 'clock' | 'random' | 'log' | 'threads'>
  readonly directories: LogDirectories
  readonly settings: () => CleanerSettings
}

/** A log that is worth cleaning. */
interface Choice {
  readonly log: PartitionLog
  readonly candidate: Candidate
  readonly cleanablePartitions: number
  readonly delayedPartitions: number
  readonly maxDelayMs: number
}

/** Longest time that a look at all logs keeps the event loop. */
const SLICE_MS = 4

export class LogCleaner {
  readonly #host: LogCleanerOptions['host']
  readonly #directories: LogDirectories
  readonly #settings: () => CleanerSettings
  readonly #logger: Log
  /** Logs that could not be cleaned are not tried again. */
  readonly #uncleanable = new WeakSet<PartitionLog>()
  readonly #running = new Map<number, Promise<void>>()
  readonly #stop = new AbortController()
  #isStarted = false

  constructor({ host, directories, settings }: LogCleanerOptions) {
    this.#host = host
    this.#directories = directories
    this.#settings = settings
    this.#logger = host.log.named('kafka.log.LogCleaner')
  }

  start(): void {
    this.#isStarted = true
    this.#logger.info('Starting the log cleaner')
    this.#startThreads()
  }

  /** Ends what is under way; resolves when no thread is at work any more. */
  async stop(): Promise<void> {
    this.#stop.abort()
    if (!this.#isStarted) return
    this.#logger.info('Shutting down the log cleaner.')
    await Promise.all(this.#running.values())
  }

  /** Whether cleaning this log has failed: it is left alone until the broker starts again. */
  isUncleanable(log: PartitionLog): boolean {
    return this.#uncleanable.has(log)
  }

  #startThreads(): void {
    for (let id = 0; id < this.#settings().threads; id += 1) {
      if (this.#running.has(id)) continue
      this.#threadLine(id, 'Starting')
      this.#running.set(
        id,
        this.#work(id).finally(() => {
          this.#running.delete(id)
          this.#threadLine(id, 'Stopped')
        }),
      )
    }
  }

  #threadLine(id: number, text: string): void {
    this.#host.log
      .named('kafka.log.LogCleaner$CleanerThread')
      .info(`[kafka-log-cleaner-thread-${id}]: ${text}`)
  }

  /** As long as the number of threads is above `id`: it may change at run time. */
  async #work(id: number): Promise<void> {
    while (!this.#stop.signal.aborted && id < this.#settings().threads) {
      const hasCleaned = await this.#attempt(() => this.cleanFilthiest(id))
      await this.#attempt(() => this.#deleteOldSegments())
      this.#startThreads()
      if (hasCleaned !== true) await this.#pause()
    }
  }

  async #attempt<Result>(action: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await action()
    } catch (error) {
      this.#logger.error('Uncaught error in the log cleaner', { error })
      return undefined
    }
  }

  async #pause(): Promise<void> {
    const { backoffMs } = this.#settings()
    // Only an abort rejects, and the loop looks at that.
    await sleep(this.#host.clock, backoffMs, this.#stop.signal).catch(() => undefined)
  }

  /** Cleans the dirtiest log, if one is dirty enough. @returns whether there was one */
  async cleanFilthiest(id = 0): Promise<boolean> {
    const choice = await this.#choose()
    if (choice === undefined) return false
    const { log } = choice
    const run = log.compaction.begin()
    try {
      return await this.#clean(choice, run, id)
    } catch (error) {
      if (error instanceof TaskCancelledError || run.signal.aborted || log.isOffline) return true
      if (error instanceof StorageError) {
        this.#logger.error(
          `Failed to clean up log for ${log.name} in dir ${log.directory} due to IOException`,
          { error },
        )
        this.#directories.failDirectoryOf(log, error)
        return true
      }
      this.#markUncleanable(log, error)
      return false
    } finally {
      run.end()
    }
  }

  /** Retention for compacted logs, which the broker's housekeeping leaves to the cleaner. */
  async #deleteOldSegments(): Promise<void> {
    await this.#forEachCompacted(log => {
      log.deleteOldSegments()
    })
  }

  async #choose(): Promise<Choice | undefined> {
    const nowDirty: { log: PartitionLog; candidate: Candidate }[] = []
    let delayedPartitions = 0
    let maxDelayMs = 0
    await this.#forEachCompacted(log => {
      const candidate = this.#candidateOf(log)
      if (candidate.delayMs > 0) delayedPartitions += 1
      maxDelayMs = Math.max(maxDelayMs, candidate.delayMs)
      if (candidate.totalBytes > 0 && isCleanable(candidate, log.config)) {
        nowDirty.push({ log, candidate })
      }
    })
    const [first, ...others] = nowDirty.filter(({ log }) => this.#isFree(log))
    if (first === undefined) return undefined
    const filthiest = others.reduce(
      (best, other) => (other.candidate.ratio > best.candidate.ratio ? other : best),
      first,
    )
    return { ...filthiest, cleanablePartitions: nowDirty.length, delayedPartitions, maxDelayMs }
  }

  #candidateOf(log: PartitionLog): Candidate {
    const checkpointOffset = log.compaction.firstDirtyOffset ?? -1
    const candidate = log.compaction.candidate()
    const { invalid, firstDirtyOffset } = candidate
    if (invalid === undefined) return candidate
    log.compaction.firstDirtyOffset = firstDirtyOffset
    if (invalid === 'beyond the log end') {
      this.#logger.warn(
        `The last checkpoint dirty offset for partition ${log.name} is ${checkpointOffset}, which is larger than the log end offset ${log.logEndOffset}. Resetting to the log start offset ${firstDirtyOffset}.`,
      )
    } else if (!log.config.deletesOldSegments) {
      this.#logger.warn(
        `Resetting first dirty offset of ${log.name} to log start offset ${firstDirtyOffset} since the checkpointed offset ${checkpointOffset} is invalid.`,
      )
    }
    return candidate
  }

  #isFree(log: PartitionLog): boolean {
    return (
      log.config.isCompacted &&
      !log.isOffline &&
      log.damage === undefined &&
      !log.compaction.isRunning &&
      !log.compaction.isPaused &&
      !this.#uncleanable.has(log)
    )
  }

  /** Calls `action` for each compacted log that is free, a few milliseconds a turn of the event loop. */
  async #forEachCompacted(action: (log: PartitionLog) => void): Promise<void> {
    const { clock } = this.#host
    let untilMs = clock.monotonicMs() + SLICE_MS
    for (const log of [...this.#directories.logs]) {
      if (this.#stop.signal.aborted) return
      if (this.#isFree(log)) this.#look(log, action)
      if (clock.monotonicMs() < untilMs) continue
      await new Promise<void>(resolve => clock.soon(resolve))
      untilMs = clock.monotonicMs() + SLICE_MS
    }
  }

  #look(log: PartitionLog, action: (log: PartitionLog) => void): void {
    try {
      action(log)
    } catch (error) {
      // A failed disk has taken its directory offline already.
      if (!(error instanceof StorageError)) this.#markUncleanable(log, error)
    }
  }

  #markUncleanable(log: PartitionLog, error: unknown): void {
    this.#uncleanable.add(log)
    this.#logger.warn(
      `[kafka-log-cleaner-thread-0]: Unexpected exception thrown when cleaning log ${logText(log)}. Marking its partition (${log.name}) as uncleanable`,
      { error },
    )
  }

  async #clean(choice: Choice, run: CompactionRun, id: number): Promise<boolean> {
    const { log, candidate } = choice
    // What is swapped in must lie before the recovery point: recovery takes missing offsets for a loss
    // where nothing says that the log was compacted.
    await log.flush()
    await this.#directories.writeCheckpointOf(log, OffsetCheckpointName.recoveryPoint)
    const outcome = await this.#runTask(log, candidate, run, id)
    if (outcome.state === 'uncleanable') {
      this.#markUncleanable(log, new Error(outcome.problem))
      return false
    }
    if (run.signal.aborted) return true
    log.compaction.firstDirtyOffset = outcome.endOffset
    await this.#directories.writeCheckpointOf(log, OffsetCheckpointName.cleaner)
    this.#report(choice, id, outcome)
    return true
  }

  async #runTask(
    log: PartitionLog,
    candidate: Candidate,
    run: CompactionRun,
    id: number,
  ): Promise<CleaningOutcome> {
    // Swaps follow each other while the thread goes on.
    let swaps = Promise.resolve()
    const failed = new AbortController()
    const onNews = (news: CleaningNews): void => {
      if (news.type === 'line') {
        this.#logger[news.level](news.text)
        return
      }
      const { group } = news
      swaps = swaps.then(async () => {
        if (failed.signal.aborted) return
        this.#logger.info(
          `Cleaner ${id}: Swapping in cleaned segment ${segmentText(group.cleaned)} for segment(s) List(${group.replaced.map(segmentText).join(', ')}) in log ${logText(log)}`,
        )
        await run.swapIn(group)
      })
      swaps.catch(() => failed.abort())
    }
    const signal = AbortSignal.any([run.signal, this.#stop.signal, failed.signal])
    try {
      return await this.#host.threads.run(task, this.#orderFor(log, candidate, id), {
        onNews,
        signal,
      })
    } finally {
      await swaps
    }
  }

  #orderFor(
    log: PartitionLog,
    { firstDirtyOffset, upToOffset }: Candidate,
    id: number,
  ): CleaningOrder {
    const { clock, random } = this.#host
    const settings = this.#settings()
    const segments = log.compaction.extents(upToOffset)
    return {
      name: log.name,
      directory: log.directory,
      cleanerId: id,
      ...{ segments, firstDirtyOffset, upToOffset },
      aborted: log.abortedTransactions(segments[0]?.baseOffset ?? 0, upToOffset),
      lastOfProducers: log.compaction.lastOfProducers(),
      config: log.config,
      nowMs: clock.wallMs(),
      // An array of 32-bit words holds no more.
      offsetMapBytes: Math.min(Math.floor(settings.dedupeBufferBytes / settings.threads), 2 ** 31),
      loadFactor: settings.loadFactor,
      bufferBytes: Math.floor(settings.ioBufferBytes / settings.threads / 2),
      bytesPerSecond: settings.maxBytesPerSecond / settings.threads,
      secret: random.bytes(KEY_HASH_SECRET_BYTES),
    }
  }

  #report(
    { log, candidate, cleanablePartitions, delayedPartitions, maxDelayMs }: Choice,
    id: number,
    { endOffset, stats }: Extract<CleaningOutcome, { state: 'cleaned' }>,
  ): void {
    const prefix = `[kafka-log-cleaner-thread-${id}]: `
    const cleaned = {
      threadId: id,
      name: log.name,
      from: candidate.firstDirtyOffset,
      to: endOffset,
    }
    const [first = '', ...lines] = reportOf(cleaned, stats).split('\n')
    this.#logger.info(prefix + first, { lines })
    if (delayedPartitions > 0) {
      this.#logger.info(
        `${prefix}\tCleanable partitions: ${cleanablePartitions}, Delayed partitions: ${delayedPartitions}, max delay: ${maxDelayMs}`,
      )
    }
    if (stats.invalidMessagesRead > 0) {
      this.#logger.warn(
        `${prefix}\tFound ${stats.invalidMessagesRead} invalid messages during compaction.`,
      )
    }
  }
}
