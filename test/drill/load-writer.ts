/** A producer that remembers what was acknowledged to it, across deaths of the broker. */
import assert from 'node:assert/strict'
import { ErrorCode, ProduceRequest, ProduceResponse } from '../../src/protocol/index.ts'
import { BatchBuilder } from '../../src/records/index.ts'
import type { SeededRandom } from '../../src/sim/index.ts'
import { RawClient } from '../broker/raw-client.ts'

const PRODUCE_VERSION = 9

interface Batch {
  readonly firstNumber: number
  readonly recordCount: number
  readonly bytes: Buffer
}

export interface WriterOptions {
  name: string
  topic: string
  partition: number
  random: SeededRandom
  /** Requests that are open at the same time; at most five for an idempotent producer (KIP-98). */
  window: number
  /** Set for an idempotent producer, which sends again what was open when the broker died. */
  producerId?: number
}

export class LoadWriter {
  readonly name: string
  readonly topic: string
  readonly partition: number
  readonly isIdempotent: boolean
  /** Base offset of each acknowledged batch, and the number of its first record. */
  readonly acknowledged: { baseOffset: number; firstNumber: number; recordCount: number }[] = []
  readonly #options: WriterOptions
  #nextNumber = 0
  #isStopping = false
  #open: Batch[] = []

  constructor(options: WriterOptions) {
    this.#options = options
    this.name = options.name
    this.topic = options.topic
    this.partition = options.partition
    this.isIdempotent = options.producerId !== undefined
  }

  /** Requests that wait for their answer at this moment. */
  get openRequests(): number {
    return this.#open.length
  }

  /** The value of the record with this number. */
  valueOf(number: number): string {
    return `${this.name}:${number}:${'.'.repeat((number * 37) % 400)}`
  }

  /** Sends until the broker closes the connection, or until `stop`. */
  async run(port: number): Promise<void> {
    this.#isStopping = false
    await using client = await RawClient.open(port)
    const toSend = this.isIdempotent ? this.#open : []
    this.#open = []
    const lane = async (): Promise<void> => {
      while (!client.isClosed) {
        const batch = toSend.shift() ?? (this.#isStopping ? undefined : this.#nextBatch())
        if (batch === undefined) return
        await this.#send(client, batch)
      }
    }
    await Promise.all(Array.from({ length: this.#options.window }, lane))
    // What never left stands behind what was open, in the order of its sequence numbers.
    this.#open.push(...toSend)
  }

  /** Lets `run` end once every open request is answered. */
  stop(): void {
    this.#isStopping = true
  }

  async #send(client: RawClient, batch: Batch): Promise<void> {
    this.#open.push(batch)
    const partitionData = [{ index: this.partition, records: [batch.bytes] }]
    let answer: ProduceResponse
    try {
      answer = await client.request([ProduceRequest, ProduceResponse], PRODUCE_VERSION, {
        transactionalId: null,
        acks: -1,
        timeoutMs: 30_000,
        topicData: [{ name: this.topic, partitionData }],
      })
    } catch {
      return // the broker is dead: the request stays open
    }
    const result = answer.responses[0]?.partitionResponses[0]
    assert.equal(result?.errorCode, ErrorCode.NONE, `${this.name}: ${result?.errorMessage ?? ''}`)
    this.#open = this.#open.filter(open => open !== batch)
    const { firstNumber, recordCount } = batch
    this.acknowledged.push({ baseOffset: result.baseOffset, firstNumber, recordCount })
  }

  #nextBatch(): Batch {
    const { random, producerId } = this.#options
    const firstNumber = this.#nextNumber
    const recordCount = 1 + random.below(20)
    const builder = new BatchBuilder(
      producerId === undefined ? {} : { producerId, producerEpoch: 0, baseSequence: firstNumber },
    )
    for (let i = 0; i < recordCount; i++) {
      builder.append({ value: Buffer.from(this.valueOf(firstNumber + i)), timestamp: 1 })
    }
    this.#nextNumber += recordCount
    return { firstNumber, recordCount, bytes: builder.close() }
  }
}
