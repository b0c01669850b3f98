/**
 * Our broker and genuine Kafka, each with its ZooKeeper, under the same loads by turns: start, memory,
 * producing, reading, single records, many partitions.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
  ErrorCode,
  MetadataRequest,
  MetadataResponse,
} from '../src/protocol/index.ts'
import { startSubject, type Subject, type SubjectKind } from '../test/peers/subject.ts'
import { ask } from './load/wire.ts'
import { byTurns, tableOf, touchMemory, usageOf, type Benchmark, type Sample } from './measure.ts'

const run = promisify(execFile)

const PARTITIONS = 16
const RECORD_BYTES = 1024
const BATCH_BYTES = 16_384
const RECORDS_PER_BATCH = Math.floor(BATCH_BYTES / (RECORD_BYTES + 10))
const GB = 1e9

/** Bytes produced before what counts, so that a JIT compiler has seen the path. */
const WARM_BYTES = 1 * GB
const MEASURED_BYTES = 2 * GB

export const benchmark: Benchmark = {
  question: 'How do broker and coordination compare with genuine Kafka 3.9 on one machine?',
  rounds: 3,
  async run(rounds) {
    touchMemory()
    const samples = await byTurns(
      (['genuine', 'tidelog'] as const).map(kind => ({ name: kind, measure: () => measure(kind) })),
      rounds,
    )
    console.log(tableOf(samples))
  },
}

async function measure(kind: SubjectKind): Promise<Sample> {
  const startMs = performance.now()
  const subject = await startSubject({ kind })
  try {
    const port = Number(subject.bootstrap.split(':')[1])
    await ask(port, [MetadataRequest, MetadataResponse], 8, { topics: [] })
    const start = performance.now() - startMs
    const idleMb = memoryMb(subject)
    await createTopic(port, 'load', PARTITIONS)
    const first = await produce(subject, port, WARM_BYTES, 1)
    const later = await produce(subject, port, MEASURED_BYTES, 1)
    const all = await produce(subject, port, GB, -1)
    const afterMb = memoryMb(subject)
    const fetched = await fetch(subject, port, WARM_BYTES + MEASURED_BYTES + GB)
    await createTopic(port, 'trickle', 1)
    const trickled = await trickle(subject, port)
    const manyMs = performance.now()
    await createTopic(port, 'many', 1000)
    return {
      'start ms': start,
      'idle MiB': idleMb,
      'first GB, CPU s/GB': first.cpuPerGb,
      'acks=1 MB/s': later.mbPerSecond,
      'acks=1 CPU s/GB': later.cpuPerGb,
      'acks=all MB/s': all.mbPerSecond,
      'acks=all CPU s/GB': all.cpuPerGb,
      'after load MiB': afterMb,
      'fetch MB/s': fetched.mbPerSecond,
      'fetch CPU s/GB': fetched.cpuPerGb,
      'single p50 ms': trickled.p50Ms,
      'single p99 ms': trickled.p99Ms,
      'single CPU s': trickled.cpuSeconds,
      '1000 partitions ms': performance.now() - manyMs,
    }
  } finally {
    await subject.dispose()
  }
}

function memoryMb({ broker, zookeeperServer }: Subject): number {
  const bytes = usageOf(broker.process.pid).rssBytes + usageOf(zookeeperServer.process.pid).rssBytes
  return bytes / 2 ** 20
}

async function createTopic(port: number, name: string, numPartitions: number): Promise<void> {
  const { topics } = await ask(port, [CreateTopicsRequest, CreateTopicsResponse], 4, {
    topics: [{ name, numPartitions, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 60_000,
  })
  if (topics[0]?.errorCode !== ErrorCode.NONE)
    throw new Error(`topic ${name}: ${topics[0]?.errorCode}`)
}

/** Runs a load program in a process of its own, and counts the broker's processor time meanwhile. */
async function underLoad(
  subject: Subject,
  program: string,
  options: object,
): Promise<{ result: unknown; cpuSeconds: number }> {
  const { pid } = subject.broker.process
  const before = usageOf(pid).cpuSeconds
  const path = join(import.meta.dirname, 'load', `${program}.js`)
  const { stdout } = await run(process.execPath, [path, JSON.stringify(options)])
  return { result: JSON.parse(stdout) as unknown, cpuSeconds: usageOf(pid).cpuSeconds - before }
}

async function produce(subject: Subject, port: number, totalBytes: number, acks: number) {
  const { result, cpuSeconds } = await underLoad(subject, 'produce', {
    ...{ port, topic: 'load', partitions: PARTITIONS, producers: 16, totalBytes, acks },
    ...{ recordBytes: RECORD_BYTES, batchBytes: BATCH_BYTES, inFlight: 5 },
  })
  const { recordBytes, seconds } = result as { recordBytes: number; seconds: number }
  return {
    mbPerSecond: recordBytes / 1e6 / seconds,
    cpuPerGb: cpuSeconds / (recordBytes / GB),
  }
}

async function fetch(subject: Subject, port: number, producedBytes: number) {
  const recordsPerPartition = Math.floor(producedBytes / RECORD_BYTES / PARTITIONS)
  const { result, cpuSeconds } = await underLoad(subject, 'fetch', {
    ...{ port, topic: 'load', partitions: PARTITIONS, partitionMaxBytes: 1_048_576 },
    endOffset: Math.min(recordsPerPartition, Math.floor(GB / RECORD_BYTES / PARTITIONS)),
    recordsPerBatch: RECORDS_PER_BATCH,
    batchBytes: 61 + RECORDS_PER_BATCH * (RECORD_BYTES + 8),
  })
  const { bytes, seconds } = result as { bytes: number; seconds: number }
  return { mbPerSecond: bytes / 1e6 / seconds, cpuPerGb: cpuSeconds / (bytes / GB) }
}

async function trickle(subject: Subject, port: number) {
  const { result, cpuSeconds } = await underLoad(subject, 'trickle', {
    ...{ port, topic: 'trickle', recordsPerSecond: 1000, seconds: 10, recordBytes: RECORD_BYTES },
  })
  return { ...(result as { p50Ms: number; p99Ms: number }), cpuSeconds }
}
