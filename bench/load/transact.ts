/**
 * A process of transactional producers, each on a connection of its own and one transaction after the
 * other: records to every partition, then a commit. What Java's producer would ask for, encoded here. A
 * partition that cannot be added yet is asked for again after 20 ms, as Java's producer does.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import * as P from '../../src/protocol/index.ts'
import { BatchBuilder } from '../../src/records/index.ts'
import { RawClient } from '../../test/broker/raw-client.ts'

export interface TransactLoad {
  readonly port: number
  readonly topic: string
  readonly partitions: number
  readonly producers: number
  readonly seconds: number
  readonly recordsPerTransaction: number
  readonly recordBytes: number
  /** Before the transactional ids of its producers: each run has its own. */
  readonly name: string
}

export interface TransactResult {
  readonly commits: number
  readonly seconds: number
  /** Of EndTxn, from request to answer. */
  readonly commitP50Ms: number
  readonly commitP99Ms: number
  /** How often the transaction before was still being completed. */
  readonly concurrent: number
}

/** ADD_PARTITIONS_RETRY_BACKOFF_MS in Java's producer. */
const BACKOFF_MS = 20

class TransactionalProducer {
  readonly commitsMs: number[] = []
  concurrent = 0
  readonly #load: TransactLoad
  readonly #client: RawClient
  readonly #transactionalId: string
  #producerId = -1
  #producerEpoch = -1
  #sequence = 0

  constructor(load: TransactLoad, client: RawClient, number: number) {
    this.#load = load
    this.#client = client
    this.#transactionalId = `${load.name}-${number}`
  }

  async begin(): Promise<void> {
    const transactionalId = this.#transactionalId
    while (true) {
      await this.#client.request([P.FindCoordinatorRequest, P.FindCoordinatorResponse], 2, {
        ...{ key: transactionalId, keyType: 1 },
      })
      const body = { transactionalId, transactionTimeoutMs: 60_000 }
      const calls = [P.InitProducerIdRequest, P.InitProducerIdResponse] as const
      const { errorCode, ...identity } = await this.#client.request(calls, 1, body)
      this.#producerId = identity.producerId
      this.#producerEpoch = identity.producerEpoch
      if (errorCode === P.ErrorCode.NONE) return
      await sleep(BACKOFF_MS)
    }
  }

  async transact(): Promise<void> {
    await this.#addPartitions()
    await this.#produce()
    await this.#commit()
  }

  async #addPartitions(): Promise<void> {
    const { topic, partitions } = this.#load
    while (true) {
      const { resultsByTopicV3AndBelow } = await this.#client.request(
        [P.AddPartitionsToTxnRequest, P.AddPartitionsToTxnResponse],
        3,
        {
          transactions: [],
          v3AndBelowTransactionalId: this.#transactionalId,
          v3AndBelowProducerId: this.#producerId,
          v3AndBelowProducerEpoch: this.#producerEpoch,
          v3AndBelowTopics: [{ name: topic, partitions: numbers(partitions) }],
        },
      )
      const results = resultsByTopicV3AndBelow.flatMap(result => result.resultsByPartition)
      if (results.every(result => result.partitionErrorCode === P.ErrorCode.NONE)) return
      const isPassing = results.every(
        result => result.partitionErrorCode === P.ErrorCode.CONCURRENT_TRANSACTIONS,
      )
      if (!isPassing) throw new Error(`AddPartitionsToTxn: ${JSON.stringify(results[0])}`)
      this.concurrent += 1
      await sleep(BACKOFF_MS)
    }
  }

  async #produce(): Promise<void> {
    const { topic, partitions, recordsPerTransaction } = this.#load
    const count = recordsPerTransaction / partitions
    const partitionData = numbers(partitions).map(index => ({ index, records: this.#batch(count) }))
    this.#sequence += count
    const { responses } = await this.#client.request([P.ProduceRequest, P.ProduceResponse], 9, {
      ...{ transactionalId: this.#transactionalId, acks: -1, timeoutMs: 30_000 },
      topicData: [{ name: topic, partitionData }],
    })
    for (const { errorCode } of responses.flatMap(response => response.partitionResponses)) {
      if (errorCode !== P.ErrorCode.NONE) throw new Error(`Produce: error ${errorCode}`)
    }
  }

  #batch(count: number): Buffer {
    const builder = new BatchBuilder({
      producerId: this.#producerId,
      producerEpoch: this.#producerEpoch,
      baseSequence: this.#sequence,
      isTransactional: true,
    })
    const timestamp = Date.now()
    const value = Buffer.alloc(this.#load.recordBytes, 'x')
    for (let n = 0; n < count; n += 1) builder.append({ timestamp, key: null, value })
    return builder.close()
  }

  async #commit(): Promise<void> {
    const sentMs = performance.now()
    const { errorCode } = await this.#client.request([P.EndTxnRequest, P.EndTxnResponse], 3, {
      transactionalId: this.#transactionalId,
      producerId: this.#producerId,
      producerEpoch: this.#producerEpoch,
      committed: true,
    })
    if (errorCode !== P.ErrorCode.NONE) throw new Error(`EndTxn: error ${errorCode}`)
    this.commitsMs.push(performance.now() - sentMs)
  }
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n)
}

async function run(load: TransactLoad): Promise<TransactResult> {
  const producers: TransactionalProducer[] = []
  for (const number of numbers(load.producers)) {
    const producer = new TransactionalProducer(load, await RawClient.open(load.port), number)
    await producer.begin()
    producers.push(producer)
  }
  const startMs = performance.now()
  const endMs = startMs + load.seconds * 1_000
  await Promise.all(
    producers.map(async producer => {
      while (performance.now() < endMs) await producer.transact()
    }),
  )
  const seconds = (performance.now() - startMs) / 1_000
  const sorted = producers.flatMap(({ commitsMs }) => commitsMs).sort((a, b) => a - b)
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
  return {
    ...{ commits: sorted.length, seconds, commitP50Ms: at(0.5), commitP99Ms: at(0.99) },
    concurrent: producers.reduce((sum, producer) => sum + producer.concurrent, 0),
  }
}

const result = await run(JSON.parse(process.argv[2] ?? '{}') as TransactLoad)
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
