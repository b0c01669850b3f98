/**
 * Disks that lose what was on them: power cuts, bits that turn. What was acknowledged must survive as
 * long as another in-sync replica has it: so one broker is wounded at a time, and nothing else
 * happens until the others know that it is not to be relied on.
 */
import { nameOf, type ClusterWorld, type Place } from './world.ts'

/** Sessions end, a controller is elected, and it elects leaders. */
const NOTICE_LIMIT_MS = 20_000

export class Wounds {
  readonly #world: ClusterWorld
  /** Partitions that rely on what it had, with the epoch when it was wounded. */
  #relying = new Map<Place, number>()

  constructor(world: ClusterWorld) {
    this.#world = world
  }

  /** Whether all that this broker has is known to be elsewhere, too. */
  mayWound(id: number): boolean {
    const { wounded, isWhole } = this.#world
    if (wounded !== undefined || !isWhole) return false
    return this.#replicated().every(place => {
      const leader = this.#world.leaderOf(place)
      return leader === undefined || leader.isr.some(member => member !== id)
    })
  }

  /** Before its disk loses something. */
  wound(id: number): void {
    this.#world.wounded = id
    this.#relying = new Map(
      this.#replicated().flatMap(place => {
        const leader = this.#world.leaderOf(place)
        return leader?.isr.includes(id) === true ? [[place, leader.leaderEpoch]] : []
      }),
    )
    // Its only copies were here, or nobody knows where: a broker that has just started holds nothing yet.
    for (const place of this.#world.places) {
      if (place.replicationFactor > 1 || this.#liesElsewhere(id, place)) continue
      this.#world.account.forgive(nameOf(place))
    }
  }

  /** Resolves when no partition counts on what it had. */
  async untilNoticed(): Promise<void> {
    const { wounded } = this.#world
    await this.#world.until(
      () => `the loss of ${wounded} is noticed in ${[...this.#relying.keys()].map(nameOf).join()}`,
      () => {
        this.#take()
        return this.#relying.size === 0
      },
      NOTICE_LIMIT_MS,
    )
  }

  /** Others lead, in a new epoch, or it was taken out of the ISR by a leader that waited for it. */
  #take(): void {
    const { wounded = -1 } = this.#world
    for (const [place, epoch] of this.#relying) {
      const leader = this.#world.leaderOf(place)
      if (leader === undefined) continue
      const isOut = leader.leaderId !== wounded && !leader.isr.includes(wounded)
      if (leader.leaderEpoch > epoch || isOut) this.#relying.delete(place)
    }
  }

  /** Looks whether the wounded broker is as good as any again. */
  heal(): void {
    const { wounded, rotten } = this.#world
    // A wrong bit may be found at any time.
    if (wounded === undefined || rotten !== undefined) return
    this.#take()
    if (this.#relying.size > 0) return
    const isBack = this.#replicated().every(place => {
      const leader = this.#world.leaderOf(place)
      return leader === undefined || leader.isr.includes(wounded)
    })
    if (isBack) this.#world.wounded = undefined
  }

  #liesElsewhere(id: number, place: Place): boolean {
    const world = this.#world
    if (world.held(id, place) !== undefined) return false
    return [...world.brokers.keys()].some(other => world.held(other, place) !== undefined)
  }

  #replicated(): Place[] {
    return this.#world.places.filter(({ replicationFactor }) => replicationFactor > 1)
  }
}
