/** The batches of one partition, in the order in which they must be stored, and their sequences. */
import { addToSequence, NO_PRODUCER_ID } from '../../records/index.ts'
import type { TopicPartition } from '../topic-partition.ts'
import type { ProducerBatch } from './producer-batch.ts'

/** Who this producer is; the epoch rises when an order could not be kept (KIP-360). */
export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

export class PartitionQueue {
  readonly topicPartition: TopicPartition
  /** Those that failed in a way that may pass come first, then those never sent; the last may be open. */
  readonly waiting: ProducerBatch[] = []
  readonly inFlight = new Set<ProducerBatch>()
  /** A sequence was lost: nothing new is sent before all that was sent is decided and numbering begins anew. */
  needsReset = false
  #identity: ProducerIdentity = { producerId: NO_PRODUCER_ID, producerEpoch: -1 }
  #nextSequence = 0
  /** The sequence that the broker expects, as far as it has told. */
  #nextAcknowledged = 0
  /** The partition has something of this identity. */
  #isKnown = false

  constructor(topicPartition: TopicPartition) {
    this.topicPartition = topicPartition
  }

  get length(): number {
    return this.waiting.length + this.inFlight.size
  }

  /**
   * The next batch that may be sent now.
   *
   * One that was sent before goes alone, after all others have been answered: whatever is in flight
   * stands behind it, and would be refused or overtake it. Nothing follows it before it is answered:
   * the broker remembers five batches, and must still know this one if it has stored it already.
   * Nor does anything follow the first of all: of a producer that it does not know a broker takes any
   * sequence, so that the second would be stored where the first was refused.
   */
  next(nowMs: number, isUrgent: boolean): ProducerBatch | undefined {
    const [head] = this.waiting
    if (head === undefined || head.notBeforeMs > nowMs) return undefined
    if (this.needsReset && head.stamp === undefined) return undefined
    if (this.inFlight.size > 0 && (this.needsReset || head.attempts > 0)) return undefined
    for (const { attempts, stamp } of this.inFlight)
      if (attempts > 1 || (stamp !== undefined && !this.#isKnown)) return undefined
    const isFull = this.waiting.length > 1
    return head.isReady || head.isClosed || isFull || isUrgent ? head : undefined
  }

  /** Moves the head into flight, with a place in the order of `identity` when there is one. */
  send(batch: ProducerBatch, identity: ProducerIdentity | undefined): void {
    this.waiting.splice(this.waiting.indexOf(batch), 1)
    this.inFlight.add(batch)
    batch.attempts += 1
    if (identity === undefined || batch.stamp !== undefined) return
    if (this.#isOutdated(identity)) this.#begin(identity)
    batch.setStamp({ ...this.#identity, baseSequence: this.#nextSequence })
    this.#nextSequence = addToSequence(this.#nextSequence, batch.recordCount)
  }

  #isOutdated({ producerId, producerEpoch }: ProducerIdentity): boolean {
    const isOther =
      producerId !== this.#identity.producerId || producerEpoch !== this.#identity.producerEpoch
    // The old numbering goes on while some of it is not answered, else a gap would be left behind.
    const isAlone = this.inFlight.size === 1 && this.waiting.every(other => !other.stamp)
    return isOther && isAlone
  }

  #begin(identity: ProducerIdentity): void {
    this.#identity = identity
    this.#nextSequence = 0
    this.#nextAcknowledged = 0
    this.#isKnown = false
  }

  /** Whether the broker may have something under a number that nobody has been told of. */
  get isUndecided(): boolean {
    return this.inFlight.size > 0 || this.waiting.some(({ stamp }) => stamp !== undefined)
  }

  /** The broker has refused the place of `batch`: it has neither that nor any that came later. */
  loseFrom(batch: ProducerBatch): void {
    this.needsReset = true
    batch.stamp = undefined
    for (const later of this.waiting) if (later.order > batch.order) later.stamp = undefined
  }

  /** Begins to number anew: those that wait lose their place. Nothing may be in flight. */
  reset(): void {
    this.needsReset = false
    this.#identity = { producerId: NO_PRODUCER_ID, producerEpoch: -1 }
    for (const batch of this.waiting) batch.stamp = undefined
  }

  /** Whether the broker has answered for all before it: then a gap is not the fault of others in flight. */
  isNextExpected({ stamp }: ProducerBatch): boolean {
    return stamp !== undefined && stamp.baseSequence === this.#nextAcknowledged
  }

  acknowledge({ stamp, recordCount }: ProducerBatch): void {
    if (stamp === undefined || stamp.producerEpoch !== this.#identity.producerEpoch) return
    this.#nextAcknowledged = addToSequence(stamp.baseSequence, recordCount)
    this.#isKnown = true
  }

  /**
   * Takes back what another broker than this leader has not answered yet. It goes to the leader first: sent
   * when that one has stored more than a few batches behind it, it would not be known again there.
   */
  recall(leaderId: number): void {
    const elsewhere = [...this.inFlight].filter(
      ({ stamp, sending }) => stamp !== undefined && sending?.leaderId !== leaderId,
    )
    for (const batch of elsewhere) {
      this.inFlight.delete(batch)
      // One that was given up meanwhile goes nowhere any more.
      if (!batch.isDone) this.putBack([batch])
    }
  }

  /** Back to where they were: before all that came later; the parts of one batch stay in order. */
  putBack(batches: readonly ProducerBatch[]): void {
    const [first] = batches
    if (first === undefined) return
    const at = this.waiting.findIndex(({ order }) => order > first.order)
    this.waiting.splice(at < 0 ? this.waiting.length : at, 0, ...batches)
  }
}
