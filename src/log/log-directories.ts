/**
 * All logs of a broker, over its log directories: opens them, makes and deletes them, keeps the
 * checkpoints, and closes everything in order. Mirrors Kafka's LogManager.
 */
import assert from 'node:assert/strict'
import { dirname } from 'node:path'
import { StorageError, type Host, type Log } from '../host/index.ts'
import { leaveCleanShutdownMark } from './clean-shutdown.ts'
import { foundTwice, wrongDirectories } from './directory-errors.ts'
import { DirectoryLoader } from './directory-loader.ts'
import type { LogConfig } from './log-config.ts'
import { createLogContext, type LogContext } from './log-context.ts'
import type { LogDamage } from './log-damage.ts'
import { LogDirectory, type LogCheckpoint } from './log-directory.ts'
import { createLog } from './log-loader.ts'
import { OffsetCheckpointName } from './offset-checkpoint.ts'
import {
  departingDirectoryName,
  futureDirectoryName,
  isLegalTopicName,
  partitionDirectoryName,
  type TopicPartition,
} from './partition-directory.ts'
import type { PartitionLog } from './partition-log.ts'
import { laterCopy } from './two-copies.ts'
import { defaultProducerStateOptions, type ProducerStateOptions } from './producer-state.ts'

/** Partitions to come of which a directory is noted. */
const MAX_PREFERRED = 100_000
/** Logs that are closed at a time. */
const CLOSED_IN_PARALLEL = 4

export interface LogDirectoriesEvents {
  /**
   * A disk has failed; the logs of its directory are closed and gone from the list (KIP-112), and so are
   * `futures`, copies that were being made there.
   */
  onOffline(
    directory: string,
    logs: readonly PartitionLog[],
    error: Error,
    futures: readonly PartitionLog[],
  ): void
  /** A log is damaged in the middle: its replica must not lead. */
  onDamage(log: PartitionLog, damage: LogDamage): void
}

export interface LogDirectoriesOptions {
  readonly host: Pick<Host, 'files' | 'clock' | 'random' | 'log'>
  /** `log.dirs`, as absolute paths. */
  readonly paths: readonly string[]
  /** The configuration of a topic's logs. */
  readonly configOf: (topic: string) => LogConfig
  readonly events: LogDirectoriesEvents
  readonly producers?: ProducerStateOptions
}

export interface NewLog extends TopicPartition {
  readonly topicId: string | undefined
  /** One of the log directories; not given: the one preferred, or the one with the fewest partitions. */
  readonly directory?: string | undefined
  /** The topic's overrides, as Kafka's log line prints them. */
  readonly propertiesText?: string
}

export class LogDirectories {
  readonly #options: LogDirectoriesOptions
  readonly #logger: Log
  readonly #shared: LogContext
  readonly #directories: LogDirectory[]
  readonly #loader: DirectoryLoader
  readonly #logs = new Map<string, PartitionLog>()
  /** Copies that are to take the place of a log in another directory (KIP-113). */
  readonly #futures = new Map<string, PartitionLog>()
  /** Where partitions that are not here yet are to be made. */
  readonly #preferred = new Map<string, string>()

  /**
   * Makes the directories that are missing, and takes their locks. One that cannot be used is
   * offline from the start.
   *
   * @throws ConfigError when a directory is named twice, locked by another broker, or none is usable
   */
  constructor(options: LogDirectoriesOptions) {
    this.#options = options
    this.#logger = options.host.log.named('kafka.log.LogManager')
    this.#shared = createLogContext({
      host: options.host,
      producers: options.producers ?? defaultProducerStateOptions,
      events: {
        onFailure: () => undefined,
        onDamage: () => undefined,
        onTruncate: () => undefined,
      },
    })
    this.#directories = options.paths.map(
      path => new LogDirectory(options.host.files, this.#logger, path),
    )
    this.#loader = new DirectoryLoader({
      ...{ host: options.host, logger: this.#logger, configOf: options.configOf },
      contextOf: directory => this.#contextOf(directory),
      onLog: (...loaded) => this.#onLoaded(...loaded),
      onDeparting: (name, path, config) => this.#removeLater(name, path, config),
    })
    this.#claim()
  }

  #claim(): void {
    const { paths } = this.#options
    if (new Set(paths).size < paths.length) {
      throw wrongDirectories(paths, `Duplicate log directory found: ${paths.join(', ')}`)
    }
    for (const directory of this.#directories) {
      this.attemptIn(directory, () => this.#prepare(directory))
    }
    if (this.online.length > 0) return
    throw wrongDirectories(paths, `None of the specified log dirs can be used: ${paths.join(', ')}`)
  }

  #prepare(directory: LogDirectory): void {
    const { files } = this.#options.host
    const { path } = directory
    const status = files.status(path)
    if (status === undefined) {
      this.#logger.info(`Log directory ${path} not found, creating it.`)
      files.makeDirectory(path)
      files.syncDirectory(dirname(path))
    } else if (!status.isDirectory) {
      throw new StorageError('use', path, { code: 'ENOTDIR' })
    }
    if (directory.lock()) return
    this.unlock()
    throw wrongDirectories(
      [path],
      `Failed to acquire lock on file .lock in ${path}. A Kafka instance in another process or thread is using this directory.`,
    )
  }

  /** The directories that work. */
  get online(): readonly LogDirectory[] {
    return this.#directories.filter(({ isOnline }) => isOnline)
  }

  /** The directories whose disk has failed. */
  get offline(): readonly LogDirectory[] {
    return this.#directories.filter(({ isOnline }) => !isOnline)
  }

  get logs(): Iterable<PartitionLog> {
    return this.#logs.values()
  }

  get({ topic, partition }: TopicPartition): PartitionLog | undefined {
    return this.#logs.get(`${topic}-${partition}`)
  }

  /** The copy that is being made of a partition's log in another directory. */
  getFuture({ topic, partition }: TopicPartition): PartitionLog | undefined {
    return this.#futures.get(`${topic}-${partition}`)
  }

  /** With the copies that are being made. */
  get everyLog(): readonly PartitionLog[] {
    return [...this.#logs.values(), ...this.#futures.values()]
  }

  /** Whether a path is one of `log.dirs`, and works. */
  stateOf(path: string): 'online' | 'offline' | 'unknown' {
    const directory = this.#directories.find(one => one.path === path)
    if (directory === undefined) return 'unknown'
    return directory.isOnline ? 'online' : 'offline'
  }

  /** Path of the log directory in which a log lies. */
  pathOf(log: PartitionLog): string | undefined {
    return this.#directoryOf(log)?.path
  }

  /** Work in the background that this object's owner may add to, and that it stops. */
  get context(): LogContext {
    return this.#shared
  }

  // -- opening

  /**
   * Opens all logs, after recovering those that were not closed in order. The directories are read
   * in parallel, the logs of each one after another.
   *
   * @throws ConfigError for a directory that is no partition, or a partition found twice
   */
  async load(): Promise<void> {
    const { clock } = this.#options.host
    const startMs = clock.monotonicMs()
    const paths = this.online.map(({ path }) => path).join(', ')
    this.#logger.info(`Loading logs from log dirs ArrayBuffer(${paths})`)
    const unclean = await Promise.all(this.online.map(directory => this.#loadAll(directory)))
    const marked = unclean.filter(path => path !== undefined)
    const suffix =
      marked.length === 0 ? '' : ` (unclean log dirs = ArrayBuffer(${marked.join(', ')}))`
    const tookMs = Math.round(clock.monotonicMs() - startMs)
    this.#logger.info(`Loaded ${this.#logs.size} logs in ${tookMs}ms${suffix}`)
  }

  /** @returns the path, when the directory was not closed in order */
  async #loadAll(directory: LogDirectory): Promise<string | undefined> {
    const wasClean = await this.#attemptAsync(directory, () => this.#loader.load(directory))
    return wasClean === false ? directory.path : undefined
  }

  async #onLoaded(
    directory: LogDirectory,
    log: PartitionLog,
    purpose: 'current' | 'future',
  ): Promise<void> {
    if (purpose === 'future') {
      this.#addLoadedFuture(directory, log)
      return
    }
    if (!this.#addLoaded(directory, log)) return
    if (log.damage !== undefined) this.#options.events.onDamage(log, log.damage)
    // Others are to rely on it as it is: what a kill has left in the page cache has to reach the disk.
    else if (log.isFlushDue) await log.flush()
  }

  /** @returns whether it counts @throws ConfigError for a second one of which nobody can tell whether it is older */
  #addLoaded(directory: LogDirectory, log: PartitionLog): boolean {
    const other = this.#logs.get(log.name)
    if (other === undefined) {
      this.#add(directory, log)
      return true
    }
    const kept = laterCopy(other, log)
    if (kept === undefined) throw foundTwice(log.name, log.directory, other.directory)
    const dropped = kept === log ? other : log
    this.#logger.warn(
      `Found ${log.name} in both ${other.directory} and ${log.directory}, as a move between log directories leaves it that ` +
        `was broken off: keeping ${kept.directory}, which ends at ${kept.logEndOffset}`,
    )
    this.#discard(kept === log ? this.#directoryOf(other) : directory, dropped)
    if (kept === log) this.#add(directory, log)
    return kept === log
  }

  /** A copy goes on from where it was; of two the second is as good as none. */
  #addLoadedFuture(directory: LogDirectory, log: PartitionLog): void {
    if (this.#futures.has(log.name)) {
      this.#discard(directory, log)
      return
    }
    this.#addFuture(directory, log)
  }

  #addFuture(directory: LogDirectory, log: PartitionLog): void {
    this.#futures.set(log.name, log)
    directory.logs.set(log.name, log)
  }

  #add(directory: LogDirectory, log: PartitionLog): void {
    this.#logs.set(log.name, log)
    directory.logs.set(log.name, log)
  }

  #contextOf(directory: LogDirectory): LogContext {
    return {
      ...this.#shared,
      events: {
        onFailure: error => this.#takeOffline(directory, error),
        onDamage: (log, damage) => {
          if (this.#logs.get(log.name) === log) this.#options.events.onDamage(log, damage)
        },
        onTruncate: log => {
          this.#shared.background.add(async () => {
            await this.#writeCheckpoint(directory, OffsetCheckpointName.recoveryPoint)
            if (log.compaction.firstDirtyOffset === undefined) return
            await this.#writeCheckpoint(directory, OffsetCheckpointName.cleaner)
          })
        },
      },
    }
  }

  // -- making and deleting

  /**
   * Makes an empty log.
   *
   * @throws StorageError when no directory is online, the disk fails, or something lies there already
   */
  create({
    topic,
    partition,
    topicId,
    directory: wanted,
    propertiesText = '{}',
  }: NewLog): PartitionLog {
    if (!isLegalTopicName(topic)) {
      throw new StorageError('create log for topic', topic, { code: 'EINVAL' })
    }
    const name = partitionDirectoryName({ topic, partition })
    const directory = this.#directoryFor(wanted ?? this.#preferred.get(name))
    const path = `${directory.path}/${name}`
    const { files } = this.#options.host
    if (this.#logs.has(name) || files.status(path) !== undefined) {
      throw new StorageError('create', path, { code: 'EEXIST' })
    }
    const config = this.#options.configOf(topic)
    const log = this.#attempt(directory, () =>
      createLog(this.#contextOf(directory), { topic, partition, topicId, directory: path, config }),
    )
    this.#add(directory, log)
    this.#preferred.delete(name)
    this.#logger.info(
      `Created log for partition ${name} in ${path} with properties ${propertiesText}`,
    )
    return log
  }

  #directoryFor(wanted: string | undefined): LogDirectory {
    const [first, ...others] = this.online
    const named = this.online.find(({ path }) => path === wanted)
    if (named !== undefined) return named
    if (first === undefined || wanted !== undefined) {
      throw new StorageError('create log in', wanted ?? 'log.dirs', { code: 'KAFKA_STORAGE_ERROR' })
    }
    return others.reduce((best, other) => (other.logs.size < best.logs.size ? other : best), first)
  }

  /**
   * Deletes a log: at once for everybody who asks, on the disk after `file.delete.delay.ms`, so that
   * fetches on their way still end well.
   *
   * @throws StorageError
   */
  delete(log: PartitionLog): void {
    const directory = this.#directoryOf(log)
    const known = this.#futures.get(log.name) === log ? this.#futures : this.#logs
    known.delete(log.name)
    this.#discard(directory, log)
  }

  #discard(directory: LogDirectory | undefined, log: PartitionLog): void {
    log.abandon()
    if (directory?.logs.get(log.name) === log) directory.logs.delete(log.name)
    if (directory?.isOnline !== true) return
    const { files, random } = this.#options.host
    const path = `${directory.path}/${departingDirectoryName(log, 'delete', random)}`
    this.#attempt(directory, () => files.rename(log.directory, path))
    this.#logger.info(
      `Log for partition ${log.name} is renamed to ${path} and is scheduled for deletion`,
    )
    this.#removeLater(log.name, path, log.config)
  }

  // -- moving between directories (KIP-113)

  /** The partition is to be made there, once it is. The longest known of very many is forgotten. */
  prefer({ topic, partition }: TopicPartition, path: string): void {
    this.#preferred.set(`${topic}-${partition}`, path)
    if (this.#preferred.size <= MAX_PREFERRED) return
    for (const oldest of this.#preferred.keys()) {
      this.#preferred.delete(oldest)
      return
    }
  }

  /**
   * Makes an empty copy of a log, in another directory.
   *
   * @throws StorageError when the directory is not online, or fails
   */
  createFuture(log: PartitionLog, path: string): PartitionLog {
    const { topic, partition, topicId } = log
    const directory = this.#directoryFor(path)
    assert(this.getFuture(log) === undefined && this.#directoryOf(log) !== directory, log.name)
    const name = futureDirectoryName(log, this.#options.host.random)
    const future = this.#attempt(directory, () =>
      createLog(this.#contextOf(directory), {
        ...{ topic, partition, topicId, directory: `${path}/${name}` },
        config: this.#options.configOf(topic),
      }),
    )
    this.#addFuture(directory, future)
    this.#preferred.delete(log.name)
    this.#logger.info(`Created log for partition ${log.name} in ${path}/${name}`)
    return future
  }

  /**
   * Puts the copy of a log in its place. It gets the partition's name before the original loses it: a crash
   * in between leaves the partition twice and never not at all, see `laterCopy`.
   *
   * @returns the log that counts from now on
   * @throws StorageError when the copy's directory fails; then the original counts
   */
  replaceWithFuture(source: PartitionLog): PartitionLog {
    const future = this.getFuture(source)
    const directory = future === undefined ? undefined : this.#directoryOf(future)
    assert(future !== undefined && directory !== undefined, `${source.name} has a copy`)
    const { name } = source
    this.#logger.info(
      `Attempting to replace current log ${source.directory} with ${future.directory} for ${name}`,
    )
    this.#attempt(directory, () => {
      future.succeed(source)
      future.rename(`${directory.path}/${name}`)
      this.#options.host.files.syncDirectory(directory.path)
    })
    this.#futures.delete(name)
    this.#logs.set(name, future)
    this.#retire(source)
    this.#checkpointSoon(directory)
    this.#logger.info(
      `The current replica is successfully replaced with the future replica for ${name}`,
    )
    return future
  }

  /** Of no use any more; where its disk fails over it, that is that directory's matter. */
  #retire(log: PartitionLog): void {
    const directory = this.#directoryOf(log)
    if (directory === undefined) return
    try {
      this.#discard(directory, log)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
    }
    this.#checkpointSoon(directory)
  }

  #checkpointSoon(directory: LogDirectory): void {
    this.#shared.background.add(async () => {
      for (const name of Object.values(OffsetCheckpointName)) {
        await this.#writeCheckpoint(directory, name)
      }
    })
  }

  #removeLater(name: string, path: string, { fileDeleteDelayMs }: LogConfig): void {
    const { files } = this.#options.host
    this.#shared.background.addLater(fileDeleteDelayMs, async () => {
      await files.removeTree(path)
      this.#logger.info(`Deleted log for partition ${name} in ${path}.`)
    })
  }

  #directoryOf(log: PartitionLog): LogDirectory | undefined {
    return this.#directories.find(({ logs }) => logs.get(log.name) === log)
  }

  /** A topic's configuration has changed. */
  updateConfig(topic: string): void {
    const config = this.#options.configOf(topic)
    for (const log of this.everyLog) if (log.topic === topic) log.updateConfig(config)
  }

  // -- failing disks

  /** Noted at once; the logs are closed when the present call, which met the failure, has ended. */
  #takeOffline(directory: LogDirectory, error: Error): void {
    if (!directory.fail(error)) return
    this.#options.host.log
      .named('org.apache.kafka.storage.internals.log.LogDirFailureChannel')
      .error(`Error in log dir ${directory.path}: ${error.message}`, { error })
    this.#logger.warn(`Stopping serving logs in dir ${directory.path}`)
    this.#options.host.clock.soon(() => {
      const all = [...directory.logs.values()]
      const futures = all.filter(log => this.#futures.get(log.name) === log)
      const logs = all.filter(log => !futures.includes(log))
      for (const log of all) log.abandon()
      for (const log of logs) this.#logs.delete(log.name)
      for (const log of futures) this.#futures.delete(log.name)
      directory.logs.clear()
      directory.unlock()
      this.#options.events.onOffline(directory.path, logs, error, futures)
    })
  }

  /** The disk failed under work on this log that the log itself knows nothing of. */
  failDirectoryOf(log: PartitionLog, error: Error): void {
    const directory = this.#directoryOf(log)
    if (directory !== undefined) this.#takeOffline(directory, error)
  }

  /** Does something in a directory other than with logs; a failure takes it offline. @returns `undefined` then */
  attemptIn<Result>(directory: LogDirectory, action: () => Result): Result | undefined {
    try {
      return this.#attempt(directory, action)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      return undefined
    }
  }

  #attempt<Result>(directory: LogDirectory, action: () => Result): Result {
    try {
      return action()
    } catch (error) {
      if (error instanceof StorageError) this.#takeOffline(directory, error)
      throw error
    }
  }

  async #attemptAsync<Result>(
    directory: LogDirectory,
    action: () => Promise<Result>,
  ): Promise<Result | undefined> {
    try {
      return await action()
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      this.#takeOffline(directory, error)
      return undefined
    }
  }

  // -- checkpoints and the end

  /** Writes a checkpoint of every directory; one that cannot be written takes its directory offline. */
  async writeCheckpoints(name: LogCheckpoint): Promise<void> {
    await Promise.all(this.online.map(directory => this.#writeCheckpoint(directory, name)))
  }

  /** The checkpoint of the directory in which the log lies. */
  async writeCheckpointOf(log: PartitionLog, name: LogCheckpoint): Promise<void> {
    const directory = this.#directoryOf(log)
    if (directory !== undefined) await this.#writeCheckpoint(directory, name)
  }

  async #writeCheckpoint(directory: LogDirectory, name: LogCheckpoint): Promise<void> {
    if (!directory.isOnline) return
    await this.#attemptAsync(directory, () => directory.writeCheckpoint(name))
  }

  /**
   * Flushes and closes all logs, writes the checkpoints, and marks the directories as closed in
   * order; gives up their locks.
   *
   * @param brokerEpoch for the mark (KIP-966); -1 when the broker never registered
   */
  async close(brokerEpoch: number): Promise<void> {
    this.#logger.info('Shutting down.')
    await this.#shared.background.close()
    await this.#shared.warming.close()
    await Promise.all(this.online.map(directory => this.#closeAll(directory, brokerEpoch)))
    this.unlock()
    this.#logger.info('Shutdown complete.')
  }

  async #closeAll(directory: LogDirectory, brokerEpoch: number): Promise<void> {
    await this.#attemptAsync(directory, async () => {
      const logs = [...directory.logs.values()]
      const waiting = logs.values()
      const closers = Array.from({ length: CLOSED_IN_PARALLEL }, async () => {
        for (const log of waiting) await log.close()
      })
      await Promise.all(closers)
      await directory.writeCheckpoint(OffsetCheckpointName.recoveryPoint)
      await directory.writeCheckpoint(OffsetCheckpointName.logStartOffset)
      await directory.writeCheckpoint(OffsetCheckpointName.highWatermark)
      // A damaged log must be looked at again.
      if (logs.some(({ damage }) => damage !== undefined)) return
      leaveCleanShutdownMark(this.#options.host.files, directory.path, brokerEpoch)
    })
  }

  /** Gives up the locks of all directories, as at the end of the process. */
  unlock(): void {
    for (const directory of this.#directories) directory.unlock()
  }
}
