/** A member of a group that reads and commits: what the group was told is committed never goes back. */
import type { Consumer, ConsumerRecord } from '../../../../src/client/index.ts'
import { nameOf, type ClusterWorld } from '../world.ts'
import { Client, memberPatience } from './client.ts'

export interface MemberOptions {
  readonly groupId: string
  readonly topic: string
}

export class Member extends Client {
  readonly #options: MemberOptions

  constructor(world: ClusterWorld, name: string, options: MemberOptions) {
    super(world, name)
    this.#options = options
  }

  async run(): Promise<void> {
    while (!this.mustStop()) {
      const consumer = this.kafka.consumer({
        ...{ groupId: this.#options.groupId, enableAutoCommit: false },
        ...{ autoOffsetReset: 'earliest', ...memberPatience },
      })
      consumer.subscribe([this.#options.topic])
      let isBroken = false
      while (!isBroken) isBroken = this.mustStop() || (await this.#step(consumer))
      await consumer.close({ timeoutMs: 1_000 }).catch((error: unknown) => {
        this.world.takeClientError(this.name, error)
      })
    }
  }

  /** @returns whether the consumer is of no use any more */
  async #step(consumer: Consumer): Promise<boolean> {
    try {
      await this.#commit(consumer, await consumer.poll(600))
      const assignment = consumer.assignment()
      if (assignment.length > 0 && this.random.chance(0.2)) {
        const floor = this.world.account.committedFloor(this.#options.groupId)
        for (const { committed, ...place } of await consumer.committed(assignment)) {
          this.world.account.checkCommitted(floor, nameOf(place), committed?.offset ?? 0)
        }
      }
      return false
    } catch (error) {
      return this.world.takeClientError(this.name, error).fatal
    }
  }

  async #commit(consumer: Consumer, records: readonly ConsumerRecord[]): Promise<void> {
    if (records.length === 0) return
    const ends = new Map<string, { topic: string; partition: number; offset: number }>()
    for (const { topic, partition, offset } of records) {
      ends.set(nameOf({ topic, partition }), { topic, partition, offset: offset + 1 })
    }
    await consumer.commit([...ends.values()])
    for (const [place, { offset }] of ends) {
      this.world.account.commit(this.#options.groupId, place, offset)
    }
    this.succeeded()
  }
}
