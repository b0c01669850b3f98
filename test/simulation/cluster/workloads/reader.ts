/** A consumer without a group, which has to read each record once, in order, and never another in its place. */
import type { Consumer } from '../../../../src/client/index.ts'
import { nameOf, type ClusterWorld, type Place } from '../world.ts'
import { Client, memberPatience } from './client.ts'

export type Isolation = 'read_committed' | 'read_uncommitted'

export class Reader extends Client {
  readonly places: readonly Place[]
  readonly #isolation: Isolation
  /** By partition, in the order of reading. */
  readonly #values = new Map<string, string[]>()
  /** The offset of the last record by partition, and where to go on. */
  readonly #last = new Map<string, number>()
  readonly #positions = new Map<string, number>()

  constructor(
    world: ClusterWorld,
    name: string,
    options: { places: readonly Place[]; isolation: Isolation },
  ) {
    super(world, name)
    this.places = options.places
    this.#isolation = options.isolation
  }

  valuesOf(place: Place): readonly string[] {
    return this.#values.get(nameOf(place)) ?? []
  }

  async run(): Promise<void> {
    const consumer = this.kafka.consumer({
      ...{ isolationLevel: this.#isolation, autoOffsetReset: 'none', enableAutoCommit: false },
      ...memberPatience,
    })
    consumer.assign(this.places)
    for (const place of this.places) consumer.seek(place, 0)
    while (!this.mustStop()) await this.#poll(consumer)
    await consumer.close({ timeoutMs: 1_000 })
  }

  async #poll(consumer: Consumer): Promise<void> {
    try {
      for (const record of await consumer.poll(500)) {
        const place = nameOf(record)
        const value = record.value?.toString() ?? ''
        const before = this.#last.get(place) ?? -1
        if (record.offset <= before) throw new Error(`${place}: ${record.offset} after ${before}`)
        this.#last.set(place, record.offset)
        this.world.account.see(place, record.offset, value)
        const values = this.#values.get(place) ?? []
        this.#values.set(place, values)
        values.push(value)
        this.succeeded()
      }
      for (const place of this.places) {
        this.#positions.set(nameOf(place), await consumer.position(place))
      }
    } catch (error) {
      this.world.takeClientError(this.name, error)
      await this.rest(50, 200)
    }
  }

  /** Whether it stands where the log ends, behind all markers and whatever was aborted. */
  hasRead(place: Place, endOffset: number): boolean {
    return this.#positions.get(nameOf(place)) === endOffset
  }
}
