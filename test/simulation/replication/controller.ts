/** A controller that never fails: what it decides is stored at once, and told with delay. */
import { ErrorCode } from '../../../src/protocol/index.ts'
import type { IsrOutcome, IsrProposal, PartitionState } from '../../../src/replica/index.ts'

export interface Stored extends PartitionState {
  readonly replicas: readonly number[]
}

export class SimController {
  state: Stored
  /** Epochs of the brokers that live, as far as it knows. */
  readonly alive = new Map<number, number>()
  /** Broken on purpose: it elects whoever lives. */
  readonly isUnclean: boolean
  readonly #tell: (state: Stored) => void

  constructor(replicas: readonly number[], tell: (state: Stored) => void, isUnclean = false) {
    this.#tell = tell
    this.isUnclean = isUnclean
    this.state = { leader: -1, leaderEpoch: 0, isr: [...replicas], partitionEpoch: 0, replicas }
  }

  onUp(id: number, epoch: number): void {
    if (this.alive.has(id)) this.onDown(id)
    this.alive.set(id, epoch)
    if (this.state.leader < 0) this.#elect(this.state.isr)
    else this.#tell(this.state)
  }

  /** The last in-sync replica stays so: it alone is known to have all. */
  onDown(id: number): void {
    if (!this.alive.delete(id)) return
    const { isr, leader } = this.state
    const rest = isr.length > 1 ? isr.filter(member => member !== id) : isr
    if (leader === id) this.#elect(rest)
    else if (rest.length < isr.length) this.#store({ isr: rest })
  }

  /** Gives leadership to another replica in sync. */
  move(choose: (among: readonly number[]) => number): void {
    const others = this.state.isr.filter(id => id !== this.state.leader && this.alive.has(id))
    if (others.length > 0) this.#store({ leader: choose(others) })
  }

  /** A new epoch of the same leader, as a change of the replicas brings it. */
  renew(): void {
    if (this.state.leader >= 0) this.#store({})
  }

  #elect(isr: readonly number[]): void {
    const leader = isr.find(id => this.alive.has(id)) ?? -1
    const unclean = this.isUnclean ? [...this.alive.keys()][0] : undefined
    if (leader < 0 && unclean !== undefined) this.#store({ leader: unclean, isr: [unclean] })
    else this.#store({ leader, isr })
  }

  #store(change: { leader?: number; isr?: readonly number[] }): void {
    this.state = {
      ...this.state,
      ...change,
      leaderEpoch: this.state.leaderEpoch + 1,
      partitionEpoch: this.state.partitionEpoch + 1,
    }
    this.#tell(this.state)
  }

  /** AlterPartition v3. */
  onProposal({ leaderEpoch, partitionEpoch, isr }: IsrProposal): IsrOutcome {
    const { state } = this
    if (leaderEpoch !== state.leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH
    const ids = isr.map(({ brokerId }) => brokerId)
    // Asked again because the answer was lost.
    if (String([...ids].sort()) === String([...state.isr].sort())) return state
    if (partitionEpoch !== state.partitionEpoch) return ErrorCode.INVALID_UPDATE_VERSION
    for (const { brokerId, brokerEpoch } of isr) {
      const epoch = this.alive.get(brokerId)
      const isOther = brokerEpoch >= 0 && brokerEpoch !== epoch
      if (epoch === undefined || isOther) return ErrorCode.INELIGIBLE_REPLICA
    }
    this.state = { ...state, isr: ids, partitionEpoch: partitionEpoch + 1 }
    return this.state
  }
}
