/**
 * A partition as transactions see it: data of producers, and markers. A model that is as small as can
 * be, next to which the coordinator has to be right.
 */
import { ErrorCode } from '../../../src/protocol/index.ts'

export interface Data {
  readonly producerId: number
  readonly producerEpoch: number
  /** Which transaction of which client it was written in. */
  readonly transaction: string
}

export interface Marker {
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
  readonly committed: boolean
}

interface ProducerState {
  producerEpoch: number
  coordinatorEpoch: number
  /** Transactions with data that no marker has ended. */
  open: Set<string>
}

export class ModelPartition {
  /** How each transaction with data here has ended. */
  readonly outcomes = new Map<string, Set<'committed' | 'aborted'>>()
  readonly #producers = new Map<number, ProducerState>()

  /** Transactions that no marker has ended: what read_committed readers wait for. */
  get open(): string[] {
    return [...this.#producers.values()].flatMap(({ open }) => [...open])
  }

  hasOpen(producerId: number): boolean {
    return (this.#producers.get(producerId)?.open.size ?? 0) > 0
  }

  append({ producerId, producerEpoch, transaction }: Data): ErrorCode {
    const state = this.#stateOf(producerId)
    if (producerEpoch < state.producerEpoch) return ErrorCode.INVALID_PRODUCER_EPOCH
    state.producerEpoch = producerEpoch
    state.open.add(transaction)
    return ErrorCode.NONE
  }

  mark({ producerId, producerEpoch, coordinatorEpoch, committed }: Marker): ErrorCode {
    const state = this.#stateOf(producerId)
    if (producerEpoch < state.producerEpoch) return ErrorCode.INVALID_PRODUCER_EPOCH
    if (coordinatorEpoch < state.coordinatorEpoch) return ErrorCode.TRANSACTION_COORDINATOR_FENCED
    state.producerEpoch = producerEpoch
    state.coordinatorEpoch = coordinatorEpoch
    for (const transaction of state.open) {
      const outcomes = this.outcomes.get(transaction) ?? new Set()
      this.outcomes.set(transaction, outcomes.add(committed ? 'committed' : 'aborted'))
    }
    state.open.clear()
    return ErrorCode.NONE
  }

  #stateOf(producerId: number): ProducerState {
    let state = this.#producers.get(producerId)
    if (state === undefined) {
      state = { producerEpoch: -1, coordinatorEpoch: -1, open: new Set() }
      this.#producers.set(producerId, state)
    }
    return state
  }
}
