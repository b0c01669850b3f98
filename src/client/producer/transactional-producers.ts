/**
 * The producers behind `Kafka.transaction`, kept from one transaction to the next: one for each transactional
 * id that is named, and for transactions without a name as many as run at once.
 */
import type { Random } from '../../host/index.ts'
import { KafkaError } from '../errors.ts'
import type { KafkaProducer } from './kafka-producer.ts'
import type { Transaction } from './producer.ts'

/** Of one `Kafka`: each has connections and memory of its own. */
const MAX_PRODUCERS = 16
const ID_BYTES = 16

interface Seat {
  readonly producer: KafkaProducer
  readonly transactionalId: string
  /** The id was made up here: nobody else can take it over, and nobody misses it. */
  readonly isNameless: boolean
  isBusy: boolean
}

export class TransactionalProducers {
  readonly #random: Random
  readonly #open: (transactionalId: string) => KafkaProducer
  /** The one whose last transaction began first stands first. */
  readonly #seats = new Set<Seat>()
  /** Transactions that wait for a seat. */
  readonly #waiting: (() => void)[] = []
  #isClosed = false

  constructor(random: Random, open: (transactionalId: string) => KafkaProducer) {
    this.#random = random
    this.#open = open
  }

  /** @throws KafkaError ILLEGAL_STATE while another transaction of this id runs; what a transaction throws */
  async run<T>(
    transactionalId: string | undefined,
    body: (transaction: Transaction) => Promise<T>,
  ): Promise<T> {
    const seat = await this.#take(transactionalId)
    try {
      return await seat.producer.transaction(body)
    } finally {
      await this.#giveBack(seat)
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const wake of this.#waiting.splice(0)) wake()
    const producers = [...this.#seats].map(({ producer }) => producer)
    this.#seats.clear()
    await Promise.all(producers.map(producer => producer.close()))
  }

  async #take(transactionalId: string | undefined): Promise<Seat> {
    for (;;) {
      if (this.#isClosed) throw new KafkaError('CLIENT_CLOSED', 'Kafka has already been closed.')
      const known = this.#known(transactionalId)
      if (known !== undefined) return this.#occupy(known)
      if (this.#seats.size < MAX_PRODUCERS) return this.#occupy(this.#newSeat(transactionalId))
      const idle = [...this.#seats].find(({ isBusy }) => !isBusy)
      if (idle === undefined) await new Promise<void>(resolve => this.#waiting.push(resolve))
      else await this.#drop(idle)
    }
  }

  #known(transactionalId: string | undefined): Seat | undefined {
    const seats = [...this.#seats]
    if (transactionalId === undefined) return seats.find(seat => seat.isNameless && !seat.isBusy)
    const seat = seats.find(each => each.transactionalId === transactionalId)
    if (seat?.isBusy !== true) return seat
    const message = `a transaction of transactional.id ${transactionalId} is under way already`
    throw new KafkaError('ILLEGAL_STATE', message)
  }

  #newSeat(named: string | undefined): Seat {
    const transactionalId = named ?? `tidelog-${this.#random.bytes(ID_BYTES).toString('hex')}`
    const producer = this.#open(transactionalId)
    return { producer, transactionalId, isNameless: named === undefined, isBusy: false }
  }

  #occupy(seat: Seat): Seat {
    seat.isBusy = true
    this.#seats.delete(seat)
    this.#seats.add(seat)
    return seat
  }

  /** A name that another producer has taken over stays refused: this one must not take it back. */
  async #giveBack(seat: Seat): Promise<void> {
    seat.isBusy = false
    try {
      if (seat.isNameless && seat.producer.isDead) await this.#drop(seat)
    } finally {
      this.#waiting.shift()?.()
    }
  }

  async #drop(seat: Seat): Promise<void> {
    this.#seats.delete(seat)
    await seat.producer.close()
  }
}
