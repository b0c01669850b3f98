/**
 * The loads of the broker benchmarks, each a program in a process of its own, and what the broker spent
 * meanwhile. Sixteen producers of records of 1 KB in batches of 16 KB, over sixteen partitions.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
  ErrorCode,
  MetadataRequest,
  MetadataResponse,
} from '../../src/protocol/index.ts'
import type { Subject } from '../../test/peers/subject.ts'
import { memoryOf, runProgram, throughput, touchMemory, type Throughput } from './programs.ts'
import { ask } from './wire.ts'

export { GB } from './programs.ts'

const PARTITIONS = 16
const PRODUCERS = 16
const RECORD_BYTES = 1024
const BATCH_BYTES = 16_384
/** Of the batch format, v2: header of a batch; length, attributes, deltas and sizes of a record. */
const BATCH_HEADER_BYTES = 61
const RECORD_HEADER_BYTES = 8
const RECORDS_PER_BATCH = Math.floor(BATCH_BYTES / (RECORD_BYTES + 10))

/** Of the bytes that a load writes to the page cache: other processes use memory meanwhile. */
const TOUCHED_SHARE = 2

/** The loads, against one broker. */
export class SubjectLoad {
  readonly #subject: Subject
  readonly #port: number

  constructor(subject: Subject) {
    this.#subject = subject
    this.#port = Number(subject.bootstrap.split(':')[1])
  }

  /** Waits for the first answer; a genuine broker answers before it knows of itself. */
  async firstMetadata(): Promise<void> {
    await this.#brokerCount()
  }

  async untilReady(): Promise<void> {
    while ((await this.#brokerCount()) === 0) await sleep(20)
  }

  async #brokerCount(): Promise<number> {
    const body = { topics: [] }
    const { brokers } = await ask(this.#port, [MetadataRequest, MetadataResponse], 8, body)
    return brokers.length
  }

  /** Of broker and ZooKeeper together, in MiB: resident memory, and without counting shared pages twice. */
  memory(): { resident: number; proportional: number } {
    const { broker, zookeeperServer } = this.#subject
    return memoryOf([broker.process.pid, zookeeperServer.process.pid])
  }

  /** @returns milliseconds until the answer */
  async createTopic(name: string, numPartitions = PARTITIONS): Promise<number> {
    const startMs = performance.now()
    const { topics } = await ask(this.#port, [CreateTopicsRequest, CreateTopicsResponse], 4, {
      topics: [{ name, numPartitions, replicationFactor: 1, assignments: [], configs: [] }],
      timeoutMs: 60_000,
    })
    const code = topics[0]?.errorCode
    if (code !== ErrorCode.NONE) throw new Error(`topic ${name}: error ${code}`)
    return performance.now() - startMs
  }

  async produce(
    topic: string,
    totalBytes: number,
    { acks = 1, batchesPerRequest = 1 }: { acks?: 1 | -1; batchesPerRequest?: number } = {},
  ): Promise<Throughput> {
    await touchMemory(totalBytes * TOUCHED_SHARE)
    const { result, cpuSeconds } = await this.#run('produce', {
      ...{ topic, producers: PRODUCERS, totalBytes, acks },
      ports: Array.from({ length: PARTITIONS }, () => this.#port),
      ...{ recordBytes: RECORD_BYTES, batchBytes: BATCH_BYTES, batchesPerRequest, inFlight: 5 },
    })
    const { recordBytes, seconds } = result as { recordBytes: number; seconds: number }
    return throughput(recordBytes, seconds, cpuSeconds)
  }

  /** Reads the first `totalBytes` of record values of a topic that `produce` has filled. */
  async fetch(topic: string, totalBytes: number): Promise<Throughput> {
    const { result, cpuSeconds } = await this.#run('fetch', {
      ...{ topic, partitions: PARTITIONS, partitionMaxBytes: 1_048_576 },
      endOffset: Math.floor(totalBytes / RECORD_BYTES / PARTITIONS),
      recordsPerBatch: RECORDS_PER_BATCH,
      batchBytes: BATCH_HEADER_BYTES + RECORDS_PER_BATCH * (RECORD_BYTES + RECORD_HEADER_BYTES),
    })
    const { bytes, seconds } = result as { bytes: number; seconds: number }
    return throughput(bytes, seconds, cpuSeconds)
  }

  /** A thousand records a second, one a request. */
  async trickle(
    topic: string,
    seconds: number,
  ): Promise<{ p50Ms: number; p99Ms: number; cpuSeconds: number }> {
    const options = { topic, recordsPerSecond: 1000, seconds, recordBytes: RECORD_BYTES }
    const { result, cpuSeconds } = await this.#run('trickle', options)
    return { ...(result as { p50Ms: number; p99Ms: number }), cpuSeconds }
  }

  #run(program: string, options: object): Promise<{ result: unknown; cpuSeconds: number }> {
    const { pid } = this.#subject.broker.process
    return runProgram(program, { port: this.#port, ...options }, [pid])
  }
}
