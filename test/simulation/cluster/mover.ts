/** Moves replicas between brokers, and knows whether a move may be under way. */
import type { Admin } from '../../../src/client/index.ts'
import type { SeededRandom } from '../../../src/sim/index.ts'
import { BROKER_IDS } from './settings.ts'
import { nameOf, type ClusterWorld, type Place } from './world.ts'

const PATIENCE_MS = 3_000
/** A cluster that is whole again copies the little there is in this time. */
const HOME_LIMIT_MS = 30_000

export class Mover {
  readonly #world: ClusterWorld
  readonly #random: SeededRandom
  readonly #admin: Admin
  /** Not known to be at rest, with all their replicas. */
  readonly #away = new Set<Place>()

  constructor(world: ClusterWorld, random: SeededRandom) {
    this.#world = world
    this.#random = random
    this.#admin = world.client('mover').kafka.admin()
  }

  get isMoving(): boolean {
    return this.#away.size > 0
  }

  /** So many brokers, in any order. */
  some(count: number): number[] {
    const left = [...BROKER_IDS]
    return Array.from({ length: count }, () =>
      left.splice(this.#random.below(left.length), 1),
    ).flat()
  }

  /** Asks once; the answer may be lost. */
  async move(place: Place, replicas: readonly number[] | 'cancel'): Promise<void> {
    const { topic, partition } = place
    this.#away.add(place)
    this.#world.note('mover', `${nameOf(place)} to ${String(replicas)}`)
    await this.#attempt(async timeoutMs => {
      const change = { topic, partition, replicas }
      const [begun] = await this.#admin.alterPartitionReassignments([change], { timeoutMs })
      if (begun?.ok === false) throw begun.error
    })
  }

  async #attempt(action: (timeoutMs: number) => Promise<void>): Promise<boolean> {
    try {
      await action(PATIENCE_MS)
      return true
    } catch (error) {
      this.#world.takeClientError('mover', error)
      return false
    }
  }

  /** To as many brokers as it is to have, in any order; at rest, if that can be found out now. */
  async moveHome(place: Place): Promise<void> {
    await this.move(place, this.some(place.replicationFactor))
    await this.#attempt(async timeoutMs => {
      const moving = await this.#admin.listPartitionReassignments({ timeoutMs })
      const isAway = moving.some(one => nameOf(one) === nameOf(place))
      const isr = this.#world.leaderOf(place)?.isr.length
      if (!isAway && isr === place.replicationFactor) this.#away.delete(place)
    })
  }

  /** When the cluster is whole. */
  async allHome(): Promise<void> {
    const endMs = this.#world.nowMs + HOME_LIMIT_MS
    while (this.#away.size > 0) {
      if (this.#world.nowMs > endMs)
        throw new Error(`not home: ${[...this.#away].map(nameOf).join()}`)
      for (const place of this.#away) await this.moveHome(place)
    }
  }

  close(): Promise<void> {
    return this.#admin.close()
  }
}
