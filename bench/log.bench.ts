/** The log alone, on a real disk: appending as the broker does, by turns of the event loop, and reading it all. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeFiles } from '../src/host/node/files.ts'
import { nodeHost } from '../src/host/node/index.ts'
import { defaultLogConfig, LogDirectories, type PartitionLog } from '../src/log/index.ts'
import { BatchBuilder } from '../src/records/index.ts'
import {
  byTurns,
  ownUsage,
  tableOf,
  type Benchmark,
  type Contender,
  type Sample,
} from './measure.ts'

const PARTITIONS = 16
const SAMPLE_BYTES = 256 * 1024 * 1024
const READ_BYTES = 1024 * 1024
const PIECE_BYTES = 512 * 1024

function batchOf(sizeBytes: number): Buffer {
  const builder = new BatchBuilder()
  const value = Buffer.alloc(Math.min(sizeBytes, 1_024), 'x')
  do builder.append({ timestamp: 1_700_000_000_000, value })
  while (builder.sizeBytes + value.length < sizeBytes)
  return builder.close()
}

interface Load {
  readonly batchBytes: number
  /** Batches of a partition in one turn. */
  readonly batchesPerTurn: number
  readonly writebackBytes?: number
  readonly bytes?: number
}

async function withLogs<Result>(
  writebackBytes: number,
  action: (logs: PartitionLog[]) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'tidelog-bench-'))
  const directories = new LogDirectories({
    host: nodeHost(),
    paths: [folder],
    configOf: () => ({ ...defaultLogConfig, writebackBytes, retentionMs: -1 }),
    events: {
      onOffline: (_, __, error) => {
        throw error
      },
      onDamage: () => undefined,
    },
  })
  try {
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition)
    return await action(
      partitions.map(partition =>
        directories.create({ topic: 'bench', partition, topicId: undefined }),
      ),
    )
  } finally {
    await directories.context.background.close()
    rmSync(folder, { recursive: true })
  }
}

/** Appends until `bytes` are written; turns end with a pause for what waits, as in the broker. */
async function append(logs: readonly PartitionLog[], load: Load): Promise<Sample> {
  const { batchesPerTurn, bytes = SAMPLE_BYTES } = load
  const batch = batchOf(load.batchBytes)
  const leader = { leaderEpoch: 0, appendTimeMs: -1 }
  const usage = ownUsage()
  const startMs = performance.now()
  let longestMs = 0
  let written = 0
  while (written < bytes) {
    for (const log of logs) {
      for (let n = 0; n < batchesPerTurn; n += 1) log.appendAsLeader(batch, 0, leader)
    }
    const beforeMs = performance.now()
    for (const log of logs) log.writeStaged()
    longestMs = Math.max(longestMs, performance.now() - beforeMs)
    written += logs.length * batchesPerTurn * batch.length
    await new Promise(resolve => setImmediate(resolve))
  }
  return { ...rates(usage, startMs, written), 'longest turn ms': longestMs }
}

function rates(usage: ReturnType<typeof ownUsage>, startMs: number, bytes: number): Sample {
  const cpuSeconds = ownUsage().cpuSeconds - usage.cpuSeconds
  return {
    'MB/s': bytes / 1e3 / (performance.now() - startMs),
    'CPU s/GB': (cpuSeconds * 1e9) / bytes,
  }
}

/** Fetches of 1 MB a partition by turns, each read in pieces as the socket takes them. */
function readAll(logs: readonly PartitionLog[]): Sample {
  const piece = Buffer.alloc(PIECE_BYTES)
  const usage = ownUsage()
  const startMs = performance.now()
  const offsets = logs.map(() => 0)
  let bytes = 0
  for (let isMore = true; isMore;) {
    isMore = false
    logs.forEach((log, n) => {
      const offset = offsets[n] ?? 0
      if (offset >= log.logEndOffset) return
      isMore = true
      const read = log.read(offset, READ_BYTES, { upTo: log.logEndOffset, firstBatch: 'whole' })
      const { records } = read
      for (let at = 0; at < records.sizeBytes; at += piece.length) records.read(piece, at)
      records.release()
      bytes += records.sizeBytes
      // All batches are alike: the offset follows from the bytes.
      offsets[n] = offset + (records.sizeBytes / log.sizeBytes) * log.logEndOffset
    })
  }
  return rates(usage, startMs, bytes)
}

function appending(name: string, load: Load): Contender {
  return {
    name,
    measure: () => withLogs(load.writebackBytes ?? 0, logs => append(logs, load)),
  }
}

/** What the system calls alone cost. */
const plainWrites: Contender = {
  name: '16 KB writes, no log',
  measure: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidelog-bench-'))
    const batch = batchOf(16_384)
    const files = Array.from({ length: PARTITIONS }, (_, n) =>
      nodeFiles.open(join(folder, String(n)), 'create'),
    )
    const usage = ownUsage()
    const startMs = performance.now()
    let position = 0
    for (let bytes = 0; bytes < SAMPLE_BYTES; bytes += PARTITIONS * batch.length) {
      for (const file of files) file.write(batch, position)
      position += batch.length
      await new Promise(resolve => setImmediate(resolve))
    }
    const sample = rates(usage, startMs, position * PARTITIONS)
    for (const file of files) file.close()
    rmSync(folder, { recursive: true })
    return sample
  },
}

export const benchmark: Benchmark = {
  question: 'What do appending to 16 partitions and reading them cost, without a network?',
  rounds: 5,
  async run(rounds) {
    const sixteen = { batchBytes: 16_384 }
    const contenders = [
      plainWrites,
      appending('16 KB, one a turn', { ...sixteen, batchesPerTurn: 1 }),
      appending('16 KB, five a turn', { ...sixteen, batchesPerTurn: 5 }),
      ...[4, 16, 64].map(megabytes =>
        appending(`the same, synced every ${megabytes} MB`, {
          ...sixteen,
          batchesPerTurn: 5,
          writebackBytes: megabytes * 2 ** 20,
        }),
      ),
      appending('100 B, one a turn', { batchBytes: 100, batchesPerTurn: 1, bytes: 20_000_000 }),
      {
        name: 'fetches of 1 MB',
        measure: () =>
          withLogs(0, async logs => {
            await append(logs, { ...sixteen, batchesPerTurn: 5 })
            return readAll(logs)
          }),
      },
    ]
    console.log(tableOf(await byTurns(contenders, { rounds })))
  },
}
