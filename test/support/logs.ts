/** Logs over files in memory, and the batches to put into them. */
import assert from 'node:assert/strict'
import { silentLog, type FileSystem } from '../../src/host/index.ts'
import { createLogContext, type LogContext, type LogEvents } from '../../src/log/log-context.ts'
import { defaultLogConfig, type LogConfig } from '../../src/log/log-config.ts'
import { createLog, loadLog, type LoadOptions } from '../../src/log/log-loader.ts'
import type { PartitionLog } from '../../src/log/partition-log.ts'
import { defaultProducerStateOptions } from '../../src/log/producer-state.ts'
import { BatchBuilder, batchesIn, recordsIn, type BatchOptions } from '../../src/records/index.ts'
import { MemoryFiles, Scheduler, SeededRandom, SimClock } from '../../src/sim/index.ts'

export const DIRECTORY = '/logs/orders-0'

export interface LogWorld {
  readonly files: FileSystem
  readonly clock: SimClock
  readonly scheduler: Scheduler
  readonly context: LogContext
  /** Failures and damages that logs have reported. */
  readonly reported: string[]
}

/** @param given files that are there already */
export function logWorld(given?: FileSystem, scheduler = new Scheduler()): LogWorld {
  const clock = new SimClock(scheduler)
  const files = given ?? new MemoryFiles({ clock })
  const reported: string[] = []
  const events: LogEvents = {
    onFailure: error => reported.push(`failure: ${error.message}`),
    onDamage: (_, { offset }) => reported.push(`damage at ${offset}`),
    onTruncate: log => reported.push(`cut at ${log.logEndOffset}`),
  }
  const host = { files, clock, random: new SeededRandom(1), log: silentLog }
  const context = createLogContext({ host, producers: defaultProducerStateOptions, events })
  files.makeDirectory('/logs')
  return { files, clock, scheduler, context, reported }
}

export function smallConfig(changes: Partial<LogConfig> = {}): LogConfig {
  return { ...defaultLogConfig, segmentIndexBytes: 1_200, writebackBytes: 0, ...changes }
}

export function newLog({ context }: LogWorld, config: Partial<LogConfig> = {}): PartitionLog {
  return createLog(context, {
    topic: 'orders',
    partition: 0,
    directory: DIRECTORY,
    topicId: 'AAAAAAAAAAAAAAAAAAAABA',
    config: smallConfig(config),
  })
}

export function reopen(
  { context }: LogWorld,
  options: Partial<Omit<LoadOptions, 'config'>> & { config?: Partial<LogConfig> } = {},
): Promise<PartitionLog> {
  return loadLog(context, {
    topic: 'orders',
    partition: 0,
    directory: DIRECTORY,
    wasClean: false,
    recoveryPoint: 0,
    logStartOffset: 0,
    ...options,
    config: smallConfig(options.config),
  })
}

/** A batch of so many records, the first with this timestamp and each next a millisecond later. */
export function batchOf(
  values: readonly string[],
  options: BatchOptions & { timestamp?: number } = {},
): Buffer {
  const { timestamp = 1_000, ...rest } = options
  const builder = new BatchBuilder(rest)
  values.forEach((value, n) => {
    builder.append({ timestamp: timestamp + n, key: null, value: Buffer.from(value) })
  })
  return builder.close()
}

/** Appends as a leader of epoch 0 and writes. @returns the base offset */
export function append(log: PartitionLog, batch: Buffer, leaderEpoch = 0): number {
  const outcome = log.appendAsLeader(batch, 0, { leaderEpoch, appendTimeMs: -1 })
  assert.equal(outcome.errorCode, 0)
  log.writeStaged()
  return outcome.baseOffset
}

/** All that a reader sees from `offset` on, up to a damage, in as many fetches as it takes. */
export function readAll(log: PartitionLog, offset = log.logStartOffset, maxBytes = 1_000): Buffer {
  const parts: Buffer[] = []
  const end = Math.min(log.logEndOffset, log.damage?.offset ?? Infinity)
  let at = offset
  while (at < end) {
    const bytes = readBytes(log, at, maxBytes)
    if (bytes.length === 0) break
    parts.push(bytes)
    at = lastOffsetIn(bytes) + 1
  }
  return Buffer.concat(parts)
}

/** The bytes of one fetch up to the log's end. */
export function readBytes(log: PartitionLog, offset: number, maxBytes: number): Buffer {
  const { errorCode, records } = log.read(offset, maxBytes, { upTo: Infinity, firstBatch: 'whole' })
  assert.equal(errorCode, 0)
  const bytes = Buffer.alloc(records.sizeBytes)
  assert.equal(records.read(bytes, 0), bytes.length)
  records.release()
  return bytes
}

function lastOffsetIn(bytes: Buffer): number {
  let last = -1
  for (const { info } of batchesIn(bytes)) last = info.lastOffset
  return last
}

/** `offset:value` of every record. */
export function recordTexts(bytes: Buffer): string[] {
  return [...recordsIn(bytes)].map(({ offset, value }) => `${offset}:${value?.toString() ?? ''}`)
}
