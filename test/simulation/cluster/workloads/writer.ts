/** A producer: what it is told is stored with acks=all, is stored; idempotent, also once and in the order of sending. */
import type { Producer } from '../../../../src/client/index.ts'
import { nameOf, type ClusterWorld, type Place } from '../world.ts'
import { Client, producerPatience } from './client.ts'

export interface WriterOptions {
  readonly places: readonly Place[]
  readonly acks: 'all' | 1
}

export class Writer extends Client {
  readonly #options: WriterOptions
  #count = 0

  constructor(world: ClusterWorld, name: string, options: WriterOptions) {
    super(world, name)
    this.#options = options
  }

  async run(): Promise<void> {
    const { acks } = this.#options
    const idempotence = { acks, enableIdempotence: acks === 'all' }
    for (let life = 1; !this.mustStop(); life += 1) {
      const producer = this.kafka.producer({ ...idempotence, ...producerPatience })
      await this.#live(producer, life)
      await producer.close()
    }
  }

  async #live(producer: Producer, life: number): Promise<void> {
    const state = { isBroken: false }
    while (!state.isBroken && !this.mustStop()) {
      const place = this.random.pick(this.#options.places)
      for (let left = 1 + this.random.below(3); left > 0; left -= 1) {
        this.#count += 1
        const value = `${this.name}.${life}-${this.#count}`
        void this.#send(producer, place, value).then(isFatal => (state.isBroken ||= isFatal))
      }
      await this.rest(30, 700)
    }
  }

  /** @returns whether the producer is of no use any more */
  async #send(producer: Producer, place: Place, value: string): Promise<boolean> {
    const { topic, partition } = place
    try {
      const { offset } = await producer.send({ topic, partition, value })
      this.succeeded()
      if (offset < 0 || this.#options.acks !== 'all') return false
      this.world.account.acknowledge(nameOf(place), offset, value)
      return false
    } catch (error) {
      return this.world.takeClientError(this.name, error).fatal
    }
  }
}
