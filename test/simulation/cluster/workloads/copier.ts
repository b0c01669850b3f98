/** Copies a topic exactly once: reads as a member of a group, writes in transactions that commit its offsets (KIP-447). */
import type { Consumer, ConsumerRecord, Producer } from '../../../../src/client/index.ts'
import { nameOf, type ClusterWorld } from '../world.ts'
import { Client, memberPatience, producerPatience } from './client.ts'

export interface CopierOptions {
  readonly from: string
  /** Has as many partitions. */
  readonly to: string
}

const GROUP = 'copiers'

export class Copier extends Client {
  readonly #options: CopierOptions

  constructor(world: ClusterWorld, name: string, options: CopierOptions) {
    super(world, name)
    this.#options = options
  }

  async run(): Promise<void> {
    while (!this.mustStop()) {
      const consumer = this.kafka.consumer({
        ...{ groupId: GROUP, enableAutoCommit: false, isolationLevel: 'read_committed' },
        ...{ autoOffsetReset: 'earliest', maxPollRecords: 8, ...memberPatience },
      })
      const producer = this.kafka.producer({
        ...{ transactionalId: this.name, transactionTimeoutMs: 4_000 },
        ...producerPatience,
      })
      consumer.subscribe([this.#options.from])
      await this.#copy(consumer, producer)
      for (const client of [consumer, producer]) {
        await client.close({ timeoutMs: 2_000 }).catch((error: unknown) => {
          this.world.takeClientError(this.name, error)
        })
      }
    }
  }

  /** After an error all begins anew, from what the group has committed. */
  async #copy(consumer: Consumer, producer: Producer): Promise<void> {
    try {
      while (!this.mustStop()) {
        const records = await consumer.poll(600)
        if (records.length > 0) await this.#write(records, consumer, producer)
      }
    } catch (error) {
      this.world.takeClientError(this.name, error)
      await this.rest(50, 300)
    }
  }

  async #write(
    records: readonly ConsumerRecord[],
    consumer: Consumer,
    producer: Producer,
  ): Promise<void> {
    const ends = new Map<string, { topic: string; partition: number; offset: number }>()
    await producer.transaction(async transaction => {
      for (const { topic, partition, offset, value } of records) {
        void transaction.send({ topic: this.#options.to, partition, value })
        ends.set(nameOf({ topic, partition }), { topic, partition, offset: offset + 1 })
      }
      await transaction.sendOffsets([...ends.values()], consumer)
    })
    this.succeeded()
  }
}
