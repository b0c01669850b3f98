/**
 * A broker under attack. It has a topic `witness` into which one record is written and read back by
 * a fresh connection after every attack: so the broker serves others, has lost nothing, and has
 * taken nothing that it should have refused.
 */
import { strict as assert } from 'node:assert'
import * as P from '../../src/protocol/index.ts'
import { startBroker, type StartBrokerOptions, type TestBroker } from '../../src/testing/index.ts'
import { RawClient } from '../broker/raw-client.ts'
import { batchOf } from './batches.ts'

/** Generous for two busy cores; a broker that waits for the attacker takes minutes. */
const AT_ONCE_MS = 3_000

export const calls = {
  metadata: [P.MetadataRequest, P.MetadataResponse],
  produce: [P.ProduceRequest, P.ProduceResponse],
  fetch: [P.FetchRequest, P.FetchResponse],
  createTopics: [P.CreateTopicsRequest, P.CreateTopicsResponse],
  findCoordinator: [P.FindCoordinatorRequest, P.FindCoordinatorResponse],
  joinGroup: [P.JoinGroupRequest, P.JoinGroupResponse],
  syncGroup: [P.SyncGroupRequest, P.SyncGroupResponse],
  offsetCommit: [P.OffsetCommitRequest, P.OffsetCommitResponse],
  offsetFetch: [P.OffsetFetchRequest, P.OffsetFetchResponse],
  initProducerId: [P.InitProducerIdRequest, P.InitProducerIdResponse],
  alterConfigs: [P.IncrementalAlterConfigsRequest, P.IncrementalAlterConfigsResponse],
  apiVersions: [P.ApiVersionsRequest, P.ApiVersionsResponse],
} as const

export const WITNESS = 'witness'

export class Victim implements AsyncDisposable {
  readonly port: number
  readonly #broker: TestBroker | undefined
  #written = 0

  private constructor(port: number, broker?: TestBroker) {
    this.port = port
    this.#broker = broker
  }

  /** In this process. */
  static async start(options: StartBrokerOptions = {}): Promise<Victim> {
    const broker = await startBroker(options)
    const victim = new Victim(broker.port, broker)
    await victim.#createWitness()
    return victim
  }

  /** One that runs already, in another process. */
  static async at(port: number): Promise<Victim> {
    const victim = new Victim(port)
    await victim.#createWitness()
    return victim
  }

  async #createWitness(): Promise<void> {
    await using client = await this.connect()
    const errorCode = await createTopic(client, WITNESS)
    assert.equal(errorCode, P.ErrorCode.NONE)
  }

  connect(): Promise<RawClient> {
    return RawClient.open(this.port)
  }

  /** Somebody else is served: metadata, one record in, the same record out, at the next offset. */
  async assertServing(): Promise<void> {
    const startMs = performance.now()
    await using client = await this.connect()
    const { topics } = await client.request(calls.metadata, 9, { topics: [{ name: WITNESS }] })
    const batch = batchOf(`record ${this.#written}`)
    const baseOffset = await produced(client, batch)
    const fetched = await fetchFrom(client, baseOffset)

    assert.equal(topics[0]?.errorCode, P.ErrorCode.NONE)
    assert.equal(baseOffset, this.#written, 'nothing was lost, nothing else was written')
    assert.equal(fetched.highWatermark, baseOffset + 1)
    assert.ok(fetched.records?.includes(`record ${this.#written}`), 'the record is read back')
    const tookMs = performance.now() - startMs
    assert.ok(tookMs < AT_ONCE_MS, `others were served after ${tookMs} ms`)
    this.#written += 1
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#broker?.stop()
  }
}

export async function createTopic(
  client: RawClient,
  name: string,
  more: { numPartitions?: number; configs?: { name: string; value: string }[] } = {},
): Promise<number> {
  const { numPartitions = 1, configs = [] } = more
  const topic = { name, numPartitions, replicationFactor: 1, assignments: [], configs }
  const { topics } = await client.request(calls.createTopics, 4, {
    topics: [topic],
    timeoutMs: 10_000,
  })
  return topics[0]?.errorCode ?? -1
}

/** What came of `records` in one partition. */
export async function produce(
  client: RawClient,
  records: Buffer | null,
  { topic = WITNESS, index = 0, acks = 1, version = 9 } = {},
) {
  const { responses } = await client.request(calls.produce, version, {
    acks,
    timeoutMs: 1_000,
    topicData: [{ name: topic, partitionData: [{ index, records }] }],
  })
  const answer = responses[0]?.partitionResponses[0]
  assert.ok(answer !== undefined, 'the partition is in the answer')
  return answer
}

async function produced(client: RawClient, records: Buffer): Promise<number> {
  const { errorCode, baseOffset } = await produce(client, records)
  assert.equal(errorCode, P.ErrorCode.NONE)
  return baseOffset
}

/** The answer for one partition of one fetch by name. */
export async function fetchFrom(
  client: RawClient,
  fetchOffset: number,
  more: {
    topic?: string
    partition?: number
    maxWaitMs?: number
    minBytes?: number
    maxBytes?: number
    partitionMaxBytes?: number
    isolationLevel?: number
    replicaId?: number
  } = {},
) {
  const { topic = WITNESS, partition = 0, partitionMaxBytes = 1_000_000, ...request } = more
  const { responses, errorCode } = await client.request(calls.fetch, 11, {
    ...{ maxWaitMs: 0, minBytes: 1, forgottenTopicsData: [], ...request },
    topics: [{ topic, partitions: [{ partition, fetchOffset, partitionMaxBytes }] }],
  })
  const answer = responses[0]?.partitions[0]
  return {
    errorCode: errorCode === P.ErrorCode.NONE ? (answer?.errorCode ?? -1) : errorCode,
    highWatermark: answer?.highWatermark ?? -1,
    records: answer?.records ?? null,
  }
}
