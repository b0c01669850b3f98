/** Opens what lies in a log directory, whoever left it there and however it ended. */
import type { Host, Log } from '../host/index.ts'
import { takeCleanShutdownMark } from './clean-shutdown.ts'
import { notAPartition } from './directory-errors.ts'
import type { LogConfig } from './log-config.ts'
import type { LogContext } from './log-context.ts'
import type { LogDirectory } from './log-directory.ts'
import { loadLog } from './log-loader.ts'
import { OffsetCheckpointName } from './offset-checkpoint.ts'
import {
  parsePartitionDirectoryName,
  partitionDirectoryName,
  type PartitionDirectoryName,
} from './partition-directory.ts'
import type { PartitionLog } from './partition-log.ts'

/** Directories that hold no partition of this broker: the cache of tiered storage, KRaft's own log. */
const foreignNames = new Set(['remote-log-index-cache', '__cluster_metadata-0'])

export interface DirectoryLoaderOptions {
  readonly host: Pick<Host, 'files' | 'clock'>
  readonly logger: Log
  readonly configOf: (topic: string) => LogConfig
  readonly contextOf: (directory: LogDirectory) => LogContext
  /** A log was opened: that of a partition, or a copy that was being made of one (`future`). */
  readonly onLog: (
    directory: LogDirectory,
    log: PartitionLog,
    purpose: 'current' | 'future',
  ) => Promise<void>
  /** A log was being deleted. */
  readonly onDeparting: (name: string, path: string, config: LogConfig) => void
}

export class DirectoryLoader {
  readonly #options: DirectoryLoaderOptions

  constructor(options: DirectoryLoaderOptions) {
    this.#options = options
  }

  /**
   * Its logs, one after another.
   *
   * @returns whether it had been closed in order
   * @throws StorageError; ConfigError for a directory that is no partition
   */
  async load(directory: LogDirectory): Promise<boolean> {
    const { path } = directory
    const names = this.#partitionNames(path)
    const wasClean = takeCleanShutdownMark(this.#options.host.files, path)
    this.#announce(path, names.length, wasClean)
    const checkpoints = {
      recoveryPoints: directory.readCheckpoint(OffsetCheckpointName.recoveryPoint),
      startOffsets: directory.readCheckpoint(OffsetCheckpointName.logStartOffset),
      highWatermarks: directory.readCheckpoint(OffsetCheckpointName.highWatermark),
      firstDirtyOffsets: directory.readCheckpoint(OffsetCheckpointName.cleaner),
    }
    for (const [at, [name, parsed]] of names.entries()) {
      const progress = `${at + 1}/${names.length} completed in ${path}`
      await this.#loadOne(directory, name, parsed, { ...checkpoints, wasClean, progress })
    }
    return wasClean || names.length === 0
  }

  #partitionNames(path: string): [string, PartitionDirectoryName][] {
    const { files } = this.#options.host
    const names: [string, PartitionDirectoryName][] = []
    for (const name of files.list(path)) {
      if (foreignNames.has(name) || files.status(`${path}/${name}`)?.isDirectory !== true) continue
      const parsed = parsePartitionDirectoryName(name)
      if (parsed !== undefined) names.push([name, parsed])
      else throw notAPartition(path, name)
    }
    return names
  }

  #announce(path: string, count: number, wasClean: boolean): void {
    const { logger } = this.#options
    if (count === 0) logger.info(`No logs found to be loaded in ${path}`)
    else if (wasClean) {
      logger.info(
        `Skipping recovery of ${count} logs from ${path} since clean shutdown file was found`,
      )
    } else {
      logger.info(`Recovering ${count} logs from ${path} since no clean shutdown file was found`)
    }
  }

  async #loadOne(
    directory: LogDirectory,
    name: string,
    { topic, partition, purpose }: PartitionDirectoryName,
    known: LoadCheckpoints,
  ): Promise<void> {
    const { logger, host, configOf, contextOf, onLog, onDeparting } = this.#options
    const path = `${directory.path}/${name}`
    const key = partitionDirectoryName({ topic, partition })
    if (purpose === 'delete') {
      onDeparting(key, path, configOf(topic))
      return
    }
    if (purpose === 'stray') {
      logger.warn(`Left alone: ${purpose} log ${path}`)
      return
    }
    const startMs = host.clock.monotonicMs()
    const log = await loadLog(contextOf(directory), {
      ...{ topic, partition, directory: path, config: configOf(topic), wasClean: known.wasClean },
      recoveryPoint: known.recoveryPoints.get(key) ?? 0,
      logStartOffset: known.startOffsets.get(key) ?? 0,
    })
    const tookMs = Math.round(host.clock.monotonicMs() - startMs)
    logger.info(`Completed load of ${loadedText(log)} in ${tookMs}ms (${known.progress})`)
    log.updateHighWatermark(known.highWatermarks.get(key) ?? 0)
    if (purpose === 'current') log.compaction.firstDirtyOffset = known.firstDirtyOffsets.get(key)
    await onLog(directory, log, purpose)
  }
}

interface LoadCheckpoints {
  /** How many logs of the directory are there with this one, for people who wait. */
  readonly progress: string
  readonly wasClean: boolean
  readonly recoveryPoints: ReadonlyMap<string, number>
  readonly startOffsets: ReadonlyMap<string, number>
  readonly highWatermarks: ReadonlyMap<string, number>
  readonly firstDirtyOffsets: ReadonlyMap<string, number>
}

function loadedText(log: PartitionLog): string {
  const { logStartOffset, logEndOffset } = log
  return (
    `Log(dir=${log.directory}, topicId=${log.topicId ?? 'None'}, topic=${log.topic}, ` +
    `partition=${log.partition}, highWatermark=${log.highWatermark}, ` +
    `lastStableOffset=${log.lastStableOffset}, logStartOffset=${logStartOffset}, ` +
    `logEndOffset=${logEndOffset}) with ${log.segmentCount} segments, local-log-start-offset ` +
    `${logStartOffset} and log-end-offset ${logEndOffset}`
  )
}
