/** The loads of the cluster benchmark, and how long it takes until all brokers agree on what happened. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
  ErrorCode,
  MetadataRequest,
  MetadataResponse,
} from '../../src/protocol/index.ts'
import type { Cluster } from '../../test/peers/cluster.ts'
import { memoryOf, runProgram, throughput, touchMemory, type Throughput } from './programs.ts'
import { ask } from './wire.ts'

const REPLICATION_FACTOR = 3
const PRODUCERS = 18
const RECORD_BYTES = 1024
const BATCH_BYTES = 16_384
const POLL_MS = 20
const PATIENCE_MS = 120_000

export class ClusterLoad {
  readonly #cluster: Cluster
  readonly #ids: readonly number[]

  constructor(cluster: Cluster, ids: readonly number[]) {
    this.#cluster = cluster
    this.#ids = ids
  }

  /** Of all brokers and ZooKeeper together, in MiB. */
  memory(): { resident: number; proportional: number } {
    return memoryOf([this.#cluster.zookeeper.process.pid, ...this.#pids(this.#ids)])
  }

  #pids(ids: readonly number[]): number[] {
    return ids.map(id => this.#cluster.broker(id).process.pid)
  }

  #portOf(id: number): number {
    return Number(this.#cluster.broker(id).address.split(':')[1])
  }

  /** As broker `id` sees the cluster. */
  async #metadata(id: number, topics: readonly string[]): Promise<MetadataResponse> {
    return ask(this.#portOf(id), [MetadataRequest, MetadataResponse], 8, {
      topics: topics.map(name => ({ name })),
    })
  }

  async controller(): Promise<number> {
    return (await this.#metadata(this.#ids[0] ?? 0, [])).controllerId
  }

  /** @returns milliseconds until the controller's answer */
  async createTopic(name: string, numPartitions: number): Promise<number> {
    const port = this.#portOf(await this.controller())
    const startMs = performance.now()
    const topic = { name, numPartitions, replicationFactor: REPLICATION_FACTOR }
    const { topics } = await ask(port, [CreateTopicsRequest, CreateTopicsResponse], 4, {
      topics: [{ ...topic, assignments: [], configs: [] }],
      timeoutMs: PATIENCE_MS,
    })
    const code = topics[0]?.errorCode
    if (code !== ErrorCode.NONE) throw new Error(`topic ${name}: error ${code}`)
    return performance.now() - startMs
  }

  /** With acks=all, to the leaders of all partitions; the processor time is that of the brokers `alive`. */
  async produce(topic: string, totalBytes: number, alive = this.#ids): Promise<Throughput> {
    await touchMemory(totalBytes * REPLICATION_FACTOR)
    const leaders = await this.#leadersOf(topic, alive)
    const { result, cpuSeconds } = await runProgram(
      'produce',
      {
        ...{ topic, producers: PRODUCERS, totalBytes, acks: -1, inFlight: 5 },
        ...{ recordBytes: RECORD_BYTES, batchBytes: BATCH_BYTES, batchesPerRequest: 1 },
        ports: leaders.map(id => this.#portOf(id)),
      },
      this.#pids(alive),
    )
    const { recordBytes, seconds } = result as { recordBytes: number; seconds: number }
    return throughput(recordBytes, seconds, cpuSeconds)
  }

  async #leadersOf(topic: string, alive: readonly number[]): Promise<number[]> {
    const { topics } = await this.#metadata(alive[0] ?? 0, [topic])
    const partitions = topics[0]?.partitions ?? []
    return partitions
      .toSorted((left, right) => left.partitionIndex - right.partitionIndex)
      .map(({ leaderId }) => leaderId)
  }

  /** @returns milliseconds until every broker `alive` knows a leader among them for each partition */
  untilLed(topic: string, alive: readonly number[]): Promise<number> {
    return this.#until(`${topic} is led`, alive, [topic], ({ leaderId }) =>
      alive.includes(leaderId),
    )
  }

  /** @returns milliseconds until all replicas of these topics are in sync */
  untilInSync(topics: readonly string[]): Promise<number> {
    return this.#until(
      `${topics.join(', ')} in sync`,
      this.#ids,
      topics,
      ({ isrNodes }) => isrNodes.length === REPLICATION_FACTOR,
    )
  }

  async #until(
    what: string,
    observers: readonly number[],
    topics: readonly string[],
    holds: (partition: MetadataPartition) => boolean,
  ): Promise<number> {
    const startMs = performance.now()
    while (performance.now() - startMs < PATIENCE_MS) {
      const seen = await Promise.all(observers.map(id => this.#metadata(id, topics)))
      const hasAll = seen.every(({ topics: known }) =>
        known.every(({ partitions }) => partitions.length > 0 && partitions.every(holds)),
      )
      if (hasAll) return performance.now() - startMs
      await sleep(POLL_MS)
    }
    throw new Error(`${what}: not so after ${PATIENCE_MS} ms`)
  }
}

type MetadataPartition = MetadataResponse['topics'][number]['partitions'][number]
