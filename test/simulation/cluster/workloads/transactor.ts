/** A transactional producer: each of its transactions is to be seen whole or not at all. */
import type { Producer } from '../../../../src/client/index.ts'
import type { ClusterWorld, Place } from '../world.ts'
import { Client, producerPatience } from './client.ts'

/** The client has thought better of it. */
class ChangeOfMind extends Error {}

export class Transactor extends Client {
  readonly #places: readonly Place[]
  #count = 0

  constructor(world: ClusterWorld, name: string, places: readonly Place[]) {
    super(world, name)
    this.#places = places
  }

  async run(): Promise<void> {
    while (!this.mustStop()) {
      const producer = this.kafka.producer({
        ...{ transactionalId: this.name, transactionTimeoutMs: 4_000 },
        ...producerPatience,
      })
      let isBroken = false
      while (!isBroken) {
        isBroken = this.mustStop() || !(await this.#transact(producer))
        await this.rest(50, 1_500)
      }
      await producer.close({ timeoutMs: 2_000 }).catch((error: unknown) => {
        this.world.takeClientError(this.name, error)
      })
    }
  }

  /** @returns whether the producer is good for another */
  async #transact(producer: Producer): Promise<boolean> {
    this.#count += 1
    const name = `${this.name}-${this.#count}`
    const wants = this.random.chance(0.75)
    const count = 1 + this.random.below(4)
    try {
      await producer.transaction(async transaction => {
        for (let n = 0; n < count; n += 1) {
          const { topic, partition } = this.random.pick(this.#places)
          const sent = transaction.send({ topic, partition, value: `${name}/${n}/${count}` })
          if (this.random.chance(0.3)) await sent
          else sent.catch(() => undefined)
        }
        if (!wants) throw new ChangeOfMind()
      })
      this.world.account.endTransaction(name, 'committed')
      this.succeeded()
      return true
    } catch (error) {
      const hasAborted = error instanceof ChangeOfMind
      this.world.account.endTransaction(name, hasAborted ? 'aborted' : 'unknown')
      if (hasAborted) return true
      const { code, fatal } = this.world.takeClientError(name, error)
      // A commit that was not answered in time can only be tried again, or given up with its producer.
      return !fatal && code !== 'ILLEGAL_STATE'
    }
  }
}
