/** Compacted logs and a cleaner over files in memory, and records with keys to put into them. */
import assert from 'node:assert/strict'
import { sameThread, silentLog, type FileSystem, type Log } from '../../src/host/index.ts'
import {
  defaultCleanerSettings,
  LogCleaner,
  LogDirectories,
  type CleanerSettings,
  type LogConfig,
  type PartitionLog,
} from '../../src/log/index.ts'
import {
  BatchBuilder,
  batchesIn,
  recordsIn,
  type BatchInfo,
  type BatchOptions,
} from '../../src/records/index.ts'
import { MemoryFiles, Scheduler, SeededRandom, SimClock } from '../../src/sim/index.ts'
import { smallConfig } from './logs.ts'

export interface CompactedWorld {
  readonly files: FileSystem
  readonly clock: SimClock
  readonly scheduler: Scheduler
  readonly directories: LogDirectories
  readonly cleaner: LogCleaner
  /** What was logged, from info on. */
  readonly lines: string[]
  /** Runs virtual time until it is settled. */
  readonly settled: <Result>(promise: Promise<Result>) => Promise<Result>
  /** Cleans until there is nothing to clean. @returns how many cleanings that were */
  readonly clean: () => Promise<number>
}

export interface CompactedWorldOptions {
  readonly files?: FileSystem
  readonly scheduler?: Scheduler
  readonly config?: Partial<LogConfig>
  readonly settings?: Partial<CleanerSettings>
}

export const name = { topic: 'orders', partition: 0 }

export function compactedConfig(changes: Partial<LogConfig> = {}): LogConfig {
  return smallConfig({
    segmentBytes: 1_000,
    indexIntervalBytes: 100,
    deletesOldSegments: false,
    isCompacted: true,
    minCleanableDirtyRatio: 0,
    fileDeleteDelayMs: 1_000,
    ...changes,
  })
}

export function compactedWorld(options: CompactedWorldOptions = {}): CompactedWorld {
  const scheduler = options.scheduler ?? new Scheduler()
  const clock = new SimClock(scheduler)
  const files = options.files ?? new MemoryFiles({ clock })
  const lines: string[] = []
  const threads = sameThread({ files, clock, turnMs: 0 })
  const host = { files, clock, random: new SeededRandom(1), log: collecting(lines), threads }
  const config = compactedConfig(options.config)
  const directories = new LogDirectories({
    host,
    paths: ['/logs'],
    configOf: () => config,
    events: {
      onOffline: (_, __, error) => assert.fail(error),
      onDamage: (_, damage) => assert.fail(damage.problem),
    },
  })
  const settings = { ...defaultCleanerSettings, ...options.settings }
  const cleaner = new LogCleaner({ host, directories, settings: () => settings })
  const settled = async <Result>(promise: Promise<Result>): Promise<Result> => {
    let isDone = false
    const watched = promise.finally(() => (isDone = true))
    watched.catch(() => undefined)
    await scheduler.runUntil(() => isDone, 600_000)
    return watched
  }
  const clean = async (): Promise<number> => {
    let count = 0
    while (await settled(cleaner.cleanFilthiest())) {
      count += 1
      assert.ok(count < 1_000, 'a log stays dirty')
    }
    return count
  }
  return { files, clock, scheduler, directories, cleaner, lines, settled, clean }
}

function collecting(lines: string[]): Log {
  const note = (event: string): void => void lines.push(event)
  const log: Log = { ...silentLog, info: note, warn: note, error: note, named: () => log }
  return log
}

/** `undefined` as a value: a tombstone; as a key: none. */
export type Entry = readonly [key: string | undefined, value: string | undefined]

export interface KeyedBatchOptions extends BatchOptions {
  /** Of the first record; each next one is a millisecond later. */
  readonly timestamp?: number
}

export function keyedBatch(entries: readonly Entry[], options: KeyedBatchOptions = {}): Buffer {
  const { timestamp = 1_000, ...rest } = options
  const builder = new BatchBuilder(rest)
  entries.forEach(([key, value], n) => {
    builder.append({
      timestamp: timestamp + n,
      key: key === undefined ? null : Buffer.from(key),
      value: value === undefined ? null : Buffer.from(value),
    })
  })
  return builder.close()
}

/** Appends as a leader, writes, and has it replicated. @returns the base offset */
export function put(log: PartitionLog, batch: Buffer): number {
  const outcome = log.appendAsLeader(batch, 0, { leaderEpoch: 0, appendTimeMs: -1 })
  assert.equal(outcome.errorCode, 0)
  log.writeStaged()
  log.updateHighWatermark(log.logEndOffset)
  return outcome.baseOffset
}

/** Makes sure that all that is there now can be cleaned: the active segment cannot. */
export function rollOver(log: PartitionLog, timestamp = 1_000): void {
  const before = log.activeSegmentBaseOffset
  while (log.activeSegmentBaseOffset === before) {
    put(log, keyedBatch([['filler', 'x'.repeat(300)]], { timestamp }))
  }
}

/** All bytes of the log, as a reader gets them. */
export async function bytesOf(log: PartitionLog): Promise<Buffer> {
  const parts: Buffer[] = []
  let offset = log.logStartOffset
  while (offset < log.logEndOffset) {
    if (!log.isWarm(offset, 10_000)) await log.warm(offset, 10_000)
    const read = log.read(offset, 10_000, { upTo: Infinity, firstBatch: 'whole' })
    const bytes = Buffer.alloc(read.records.sizeBytes)
    read.records.read(bytes, 0)
    read.records.release()
    if (bytes.length === 0) break
    parts.push(bytes)
    for (const { info } of batchesIn(bytes)) offset = info.lastOffset + 1
  }
  return Buffer.concat(parts)
}

/** `offset:key=value` of each record; fillers left out. */
export async function textsOf(log: PartitionLog): Promise<string[]> {
  return [...recordsIn(await bytesOf(log))]
    .filter(({ key }) => key?.toString() !== 'filler')
    .map(
      ({ offset, key, value }) =>
        `${offset}:${key?.toString() ?? ''}=${value?.toString() ?? '(none)'}`,
    )
}

export async function batchesOf(log: PartitionLog): Promise<BatchInfo[]> {
  return Array.from(batchesIn(await bytesOf(log)), ({ info }) => info)
}
