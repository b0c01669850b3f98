/** An idempotent producer: what it is told is stored, is stored once and in the order in which it was sent. */
import type { Producer } from '../../../../src/client/index.ts'
import { sleep } from '../../../../src/host/index.ts'
import type { SeededRandom } from '../../../../src/sim/index.ts'
import { nameOf, type ClusterWorld, type Place } from '../world.ts'

export class Writer {
  readonly name: string
  readonly #world: ClusterWorld
  readonly #places: readonly Place[]
  readonly #random: SeededRandom
  #count = 0

  constructor(world: ClusterWorld, name: string, places: readonly Place[]) {
    this.#world = world
    this.name = name
    this.#places = places
    this.#random = world.random.fork(name)
  }

  /** Writes now and then until `untilMs`; resolves when everything is decided. */
  async run(untilMs: number): Promise<void> {
    const { host, kafka } = this.#world.client(this.name)
    for (let life = 1; host.clock.monotonicMs() < untilMs; life += 1) {
      const producer = kafka.producer({
        ...{ acks: 'all', enableIdempotence: true, lingerMs: 2 },
        ...{ deliveryTimeoutMs: 8_000, maxBlockMs: 8_000 },
      })
      const state = { isBroken: false }
      while (!state.isBroken && host.clock.monotonicMs() < untilMs) {
        const place = this.#random.pick(this.#places)
        for (let left = 1 + this.#random.below(3); left > 0; left -= 1) {
          this.#count += 1
          const value = `${this.name}.${life}-${this.#count}`
          void this.#send(producer, place, value).then(isFatal => (state.isBroken ||= isFatal))
        }
        await sleep(host.clock, this.#random.between(20, 400))
      }
      await producer.close()
    }
  }

  /** @returns whether the producer is of no use any more */
  async #send(producer: Producer, place: Place, value: string): Promise<boolean> {
    const { topic, partition } = place
    try {
      const { offset } = await producer.send({ topic, partition, value })
      if (offset >= 0) this.#world.account.acknowledge(nameOf(place), offset, value)
      return false
    } catch (error) {
      return this.#world.takeClientError(this.name, error).fatal
    }
  }
}
