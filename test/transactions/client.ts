/** A transactional producer and its readers, request by request. */
import { strict as assert } from 'node:assert'
import * as P from '../../src/protocol/index.ts'
import { BatchBuilder, batchesIn, recordsOf } from '../../src/records/index.ts'
import { RawClient } from '../broker/raw-client.ts'

const calls = {
  find: [P.FindCoordinatorRequest, P.FindCoordinatorResponse],
  metadata: [P.MetadataRequest, P.MetadataResponse],
  init: [P.InitProducerIdRequest, P.InitProducerIdResponse],
  addPartitions: [P.AddPartitionsToTxnRequest, P.AddPartitionsToTxnResponse],
  addOffsets: [P.AddOffsetsToTxnRequest, P.AddOffsetsToTxnResponse],
  end: [P.EndTxnRequest, P.EndTxnResponse],
  produce: [P.ProduceRequest, P.ProduceResponse],
  fetch: [P.FetchRequest, P.FetchResponse],
  commit: [P.TxnOffsetCommitRequest, P.TxnOffsetCommitResponse],
  offsets: [P.OffsetFetchRequest, P.OffsetFetchResponse],
  markers: [P.WriteTxnMarkersRequest, P.WriteTxnMarkersResponse],
  describe: [P.DescribeTransactionsRequest, P.DescribeTransactionsResponse],
  list: [P.ListTransactionsRequest, P.ListTransactionsResponse],
  producers: [P.DescribeProducersRequest, P.DescribeProducersResponse],
} as const

export interface Producer {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

const TRANSACTION = 1
const GROUP = 0
const PATIENCE = 400
const PAUSE_MS = 10

export class TransactionalClient implements AsyncDisposable {
  readonly topic: string
  readonly #client: RawClient

  private constructor(client: RawClient, topic: string) {
    this.#client = client
    this.topic = topic
  }

  static async open(port: number, topic: string): Promise<TransactionalClient> {
    const client = new TransactionalClient(await RawClient.open(port), topic)
    await client.#until(async () => {
      const { topics } = await client.#client.request(calls.metadata, 9, {
        topics: [{ name: topic }],
      })
      return topics[0]?.errorCode === P.ErrorCode.NONE
    })
    return client
  }

  async #until(isSo: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < PATIENCE; tries += 1) {
      if (await isSo()) return
      await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
    }
    assert.fail('it never came to be')
  }

  async #find(keyType: number, key: string): Promise<void> {
    await this.#until(async () => {
      const found = await this.#client.request(calls.find, 3, { key, keyType, coordinatorKeys: [] })
      return found.errorCode === P.ErrorCode.NONE
    })
  }

  findGroup(groupId: string): Promise<void> {
    return this.#find(GROUP, groupId)
  }

  /** InitProducerId, tried until the coordinator has loaded and aborted what was open. */
  async begin(transactionalId: string, more: { timeoutMs?: number } = {}): Promise<Producer> {
    await this.#find(TRANSACTION, transactionalId)
    let producer: Producer | undefined
    await this.#until(async () => {
      const { errorCode, producerId, producerEpoch } = await this.init(transactionalId, more)
      if (errorCode === P.ErrorCode.NONE) producer = { transactionalId, producerId, producerEpoch }
      return producer !== undefined
    })
    assert.ok(producer !== undefined)
    return producer
  }

  init(
    transactionalId: string | null,
    more: { timeoutMs?: number; producerId?: number; producerEpoch?: number } = {},
  ) {
    const { timeoutMs = 60_000, ...expected } = more
    const body = { transactionalId, transactionTimeoutMs: timeoutMs, ...expected }
    return this.#client.request(calls.init, 4, body)
  }

  async addPartition(
    { transactionalId, producerId, producerEpoch }: Producer,
    { topic = this.topic, partition = 0 } = {},
  ): Promise<number> {
    let errorCode = -1
    // As long as the markers of the transaction before are being written, it cannot begin.
    await this.#until(async () => {
      const { resultsByTopicV3AndBelow } = await this.#client.request(calls.addPartitions, 3, {
        ...{ transactions: [], v3AndBelowTransactionalId: transactionalId },
        ...{ v3AndBelowProducerId: producerId, v3AndBelowProducerEpoch: producerEpoch },
        v3AndBelowTopics: [{ name: topic, partitions: [partition] }],
      })
      errorCode = resultsByTopicV3AndBelow[0]?.resultsByPartition[0]?.partitionErrorCode ?? -1
      return errorCode !== P.ErrorCode.CONCURRENT_TRANSACTIONS
    })
    return errorCode
  }

  async addOffsets(producer: Producer, groupId: string): Promise<number> {
    const { errorCode } = await this.#client.request(calls.addOffsets, 3, { ...producer, groupId })
    return errorCode
  }

  async end(producer: Producer, committed: boolean, { version = 3 } = {}): Promise<number> {
    const body = { ...producer, committed }
    const { errorCode } = await this.#client.request(calls.end, version, body)
    return errorCode
  }

  async produce(
    producer: Producer,
    values: readonly string[],
    more: { sequence?: number; version?: number; transactionalId?: string | null } = {},
  ) {
    const { sequence = 0, version = 9, transactionalId = producer.transactionalId } = more
    const { producerId, producerEpoch } = producer
    const builder = new BatchBuilder({
      ...{ producerId, producerEpoch, baseSequence: sequence, isTransactional: true },
    })
    for (const value of values) builder.append({ timestamp: Date.now(), value: Buffer.from(value) })
    const { responses } = await this.#client.request(calls.produce, version, {
      ...{ transactionalId, acks: -1, timeoutMs: 5_000 },
      topicData: [{ name: this.topic, partitionData: [{ index: 0, records: builder.close() }] }],
    })
    const answer = responses[0]?.partitionResponses[0]
    assert.ok(answer !== undefined)
    return answer
  }

  /** What is there from the beginning, markers left out. */
  async read(isolation: 'read_committed' | 'read_uncommitted') {
    const { responses } = await this.#client.request(calls.fetch, 11, {
      ...{ maxWaitMs: 0, minBytes: 0, forgottenTopicsData: [] },
      isolationLevel: isolation === 'read_committed' ? 1 : 0,
      topics: [
        {
          topic: this.topic,
          partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000 }],
        },
      ],
    })
    const answer = responses[0]?.partitions[0]
    const records = answer?.records ?? Buffer.alloc(0)
    const values = [...batchesIn(records)]
      .filter(({ info }) => !info.isControl)
      .flatMap(({ position }) =>
        [...recordsOf(records, position)].map(({ value }) => value?.toString()),
      )
    return {
      values,
      lastStableOffset: answer?.lastStableOffset,
      aborted: [...(answer?.abortedTransactions ?? [])],
    }
  }

  async commitOffset(producer: Producer, groupId: string, offset: bigint): Promise<number> {
    const partitions = [{ partitionIndex: 0, committedOffset: offset, committedMetadata: '' }]
    const { topics } = await this.#client.request(calls.commit, 3, {
      ...{ ...producer, groupId },
      topics: [{ name: this.topic, partitions }],
    })
    return topics[0]?.partitions[0]?.errorCode ?? -1
  }

  async fetchOffset(groupId: string, { requireStable = false } = {}) {
    const { topics } = await this.#client.request(calls.offsets, 7, {
      ...{ groupId, requireStable, groups: [] },
      topics: [{ name: this.topic, partitionIndexes: [0] }],
    })
    const found = topics[0]?.partitions[0]
    return { errorCode: found?.errorCode, offset: found?.committedOffset }
  }

  async writeMarker(
    { producerId, producerEpoch }: Producer,
    marker: { coordinatorEpoch: number; committed: boolean; partition?: number },
  ): Promise<number> {
    const { coordinatorEpoch, committed, partition = 0 } = marker
    const { markers } = await this.#client.request(calls.markers, 1, {
      markers: [
        {
          ...{ producerId, producerEpoch, coordinatorEpoch, transactionResult: committed },
          topics: [{ name: this.topic, partitionIndexes: [partition] }],
        },
      ],
    })
    return markers[0]?.topics[0]?.partitions[0]?.errorCode ?? -1
  }

  async describe(transactionalId: string) {
    const { transactionStates } = await this.#client.request(calls.describe, 0, {
      transactionalIds: [transactionalId],
    })
    const [state] = transactionStates
    assert.ok(state !== undefined)
    return state
  }

  untilPhase(transactionalId: string, phase: string): Promise<void> {
    return this.#until(
      async () => (await this.describe(transactionalId)).transactionState === phase,
    )
  }

  list(filter: { stateFilters?: readonly string[]; producerIdFilters?: readonly number[] }) {
    const { stateFilters = [], producerIdFilters = [] } = filter
    const body = { stateFilters: [...stateFilters], producerIdFilters: [...producerIdFilters] }
    return this.#client.request(calls.list, 1, body)
  }

  async producers() {
    const { topics } = await this.#client.request(calls.producers, 0, {
      topics: [{ name: this.topic, partitionIndexes: [0] }],
    })
    return topics[0]?.partitions[0]?.activeProducers ?? []
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]()
  }
}
