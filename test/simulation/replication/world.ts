/** Brokers, a controller and a network between them that loses, delays and cuts. */
import { NetworkError, sleep } from '../../../src/host/index.ts'
import { ErrorCode } from '../../../src/protocol/index.ts'
import { produceFormats } from '../../../src/records/index.ts'
import {
  defaultReplicationSettings,
  type PartitionAppend,
  type ReplicaCluster,
} from '../../../src/replica/index.ts'
import { SimClock, Simulation, type SimHost } from '../../../src/sim/index.ts'
import { batchOf } from '../../support/logs.ts'
import { Account } from './account.ts'
import { SimBroker, TOPIC } from './broker.ts'
import { SimController, type Stored } from './controller.ts'

/** A rule that is broken on purpose, to see that it is noticed. */
export type Breakage = 'acknowledge-early' | 'truncate-by-high-watermark' | 'elect-unclean'

const CLIENT = -1
const ANSWER_TIMEOUT_MS = 600
const MIN_IN_SYNC = 2

const replication = {
  ...defaultReplicationSettings,
  ...{ lagTimeMaxMs: 1_500, fetchWaitMaxMs: 100, fetchBackoffMs: 80 },
  ...{ fetchMaxBytes: 600, fetchResponseMaxBytes: 1_200 },
}

export class ReplicationWorld {
  readonly simulation: Simulation
  readonly clock: SimClock
  readonly account = new Account()
  readonly controller: SimController
  readonly brokers = new Map<number, SimBroker>()
  /** Lost unsynced bytes, and not in sync again since. */
  wounded: number | undefined
  isFaulty = true
  readonly failures: unknown[] = []
  readonly #machines = new Map<number, SimHost>()
  readonly #cuts = new Set<string>()
  readonly #breakage: Breakage | undefined
  readonly #tellsDivergence: boolean
  readonly #toldAtMs = new Map<number, number>()
  #lives = 0
  /** A disk is damaged, and a look at its bytes proves nothing. */
  #isFlipped = false

  constructor(seed: number, replicaCount: number, breakage?: Breakage) {
    this.simulation = new Simulation(seed)
    this.clock = new SimClock(this.simulation.scheduler)
    this.#breakage = breakage
    const ids = Array.from({ length: replicaCount }, (_, index) => index + 1)
    this.controller = new SimController(
      ids,
      state => this.#broadcast(state),
      breakage === 'elect-unclean',
    )
    for (const id of ids) this.#machines.set(id, this.simulation.addHost(`broker-${id}`))
    this.#tellsDivergence = this.random.chance(0.6) && breakage !== 'truncate-by-high-watermark'
  }

  get random() {
    return this.simulation.random
  }

  note(who: string, what: string): void {
    this.simulation.trace.note(this.simulation.scheduler.nowMs, who, what)
  }

  // -- processes

  async boot(id: number): Promise<void> {
    const machine = this.#machines.get(id)
    if (machine === undefined || this.brokers.has(id)) return
    this.#lives += 1
    const broker: SimBroker = new SimBroker({
      ...{ id, epoch: this.#lives, host: machine.boot(), minInSyncReplicas: MIN_IN_SYNC },
      ...{ replication, cluster: own => this.#clusterFor(own) },
      isOver: (): boolean => this.brokers.get(id) !== broker,
    })
    this.brokers.set(id, broker)
    await broker.start()
    if (this.brokers.get(id) !== broker) return
    this.controller.onUp(id, broker.epoch)
  }

  /** The process is gone; the controller hears of it later. */
  kill(id: number): void {
    const broker = this.brokers.get(id)
    if (broker === undefined) return
    this.brokers.delete(id)
    this.#machines.get(id)?.kill()
    this.clock.after(this.random.between(0, 1_000), () => this.#noticeEnd(broker))
  }

  /** The power fails, and what was not synced may be gone; the controller hears of it at once. */
  cutPower(id: number): void {
    const broker = this.brokers.get(id)
    if (broker === undefined) return
    this.brokers.delete(id)
    this.#machines.get(id)?.crash()
    this.wounded = id
    this.#noticeEnd(broker)
  }

  /** A bit of a broker's disk turns. */
  flipBit(id: number, file: string, position: number): void {
    this.#isFlipped = true
    this.#machines.get(id)?.disk.flipBit(`/logs/${TOPIC}-0/${file}`, position, 3)
  }

  #noticeEnd({ id, epoch }: SimBroker): void {
    if (this.controller.alive.get(id) === epoch) this.controller.onDown(id)
  }

  /** One disk may lose bytes at a time, and never the only one that is known to have all. */
  mayCutPower(id: number): boolean {
    const { isr } = this.controller.state
    const { wounded } = this
    if (wounded !== undefined && this.brokers.has(wounded) && isr.includes(wounded)) {
      this.wounded = undefined
    }
    return (
      this.wounded === undefined && isr.some(member => member !== id && this.brokers.has(member))
    )
  }

  // -- the controller's word

  #broadcast(state: Stored): void {
    for (const broker of this.brokers.values()) {
      // Told in order, to each in its own time.
      const earliestMs = this.#toldAtMs.get(broker.id) ?? 0
      const nowMs = this.clock.monotonicMs()
      const atMs = Math.max(earliestMs, nowMs + this.random.between(0, this.isFaulty ? 200 : 5))
      this.#toldAtMs.set(broker.id, atMs)
      this.clock.after(atMs - nowMs, () => this.#tell(broker, state))
    }
  }

  #tell(broker: SimBroker, state: Stored): void {
    if (
      this.brokers.get(broker.id) !== broker ||
      this.controller.alive.get(broker.id) !== broker.epoch
    )
      return
    broker.take(state)
    const { leader, leaderEpoch, isr } = state
    this.note(`broker-${broker.id}`, `hears of ${leader} in ${leaderEpoch}, ISR ${isr.join(',')}`)
    if (leader === broker.id && !this.#isFlipped)
      this.account.checkHas(broker, `as leader of epoch ${leaderEpoch}`)
  }

  // -- the network

  cut(from: number, to: number): void {
    this.#cuts.add(`${from}>${to}`)
  }

  heal(): void {
    this.#cuts.clear()
  }

  #isLost(from: number, to: number): boolean {
    if (this.#cuts.has(`${from}>${to}`)) return true
    return this.isFaulty && this.random.chance(0.02)
  }

  #delayMs(): number {
    if (!this.isFaulty) return 1
    return this.random.chance(0.03) ? this.random.between(100, 1_500) : this.random.between(0, 6)
  }

  /** Asks a broker; late or lost answers are none, a late request is served all the same. */
  ask<Answer>(
    from: number,
    to: number,
    clock: { after(delayMs: number, action: () => void): { cancel(): void } },
    serve: (broker: SimBroker) => Answer | Promise<Answer>,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const giveUp = clock.after(ANSWER_TIMEOUT_MS, () =>
        reject(new NetworkError('no answer', { code: 'REQUEST_TIMED_OUT' })),
      )
      const answer = (value: Answer): void => {
        if (this.#isLost(to, from)) return
        clock.after(this.#delayMs(), () => {
          giveUp.cancel()
          resolve(value)
        })
      }
      if (this.#isLost(from, to)) return
      const life = this.brokers.get(to)
      this.clock.after(this.#delayMs(), () => {
        if (life === undefined || this.brokers.get(to) !== life) return
        Promise.resolve(serve(life)).then(answer, (error: unknown) => {
          if (this.brokers.get(to) === life) this.failures.push(error)
        })
      })
    })
  }

  #clusterFor(own: SimBroker): ReplicaCluster {
    const { id, epoch, host } = own
    const toLeader = <Answer>(to: number, serve: (broker: SimBroker) => Answer | Promise<Answer>) =>
      this.ask(id, to, host.clock, serve)
    return {
      tellsDivergence: this.#tellsDivergence,
      knowsLeaderEpochs: this.#breakage !== 'truncate-by-high-watermark',
      knowsFetchSessions: true,
      fetch: (leader, _, body) => toLeader(leader, broker => broker.serveFetch(body, epoch)),
      endOffsets: (leader, _, body) => toLeader(leader, broker => broker.serveEndOffsets(body)),
      listOffsets: (leader, _, body) => toLeader(leader, broker => broker.serveListOffsets(body)),
      proposeIsr: async proposal => {
        const lost = new NetworkError('the controller is silent', { code: 'REQUEST_TIMED_OUT' })
        await sleep(host.clock, this.#delayMs())
        if (this.#isLost(id, CLIENT)) throw lost
        const outcome = this.controller.onProposal(proposal)
        await sleep(host.clock, this.#delayMs())
        if (this.#isLost(CLIENT, id)) throw lost
        return outcome
      },
      brokerEpochOf: other => this.controller.alive.get(other),
      rackOf: () => null,
    }
  }

  // -- clients

  async produce(to: number, values: readonly string[]): Promise<void> {
    const batch = batchOf(values)
    const acks = this.#breakage === 'acknowledge-early' ? 1 : -1
    const [append] = await this.ask<PartitionAppend[]>(CLIENT, to, this.clock, broker =>
      broker.replicas.append([{ topic: TOPIC, partition: 0, records: batch }], {
        ...{ acks, timeoutMs: 400, formats: produceFormats(9) },
      }),
    )
    if (append?.errorCode !== ErrorCode.NONE) return
    values.forEach((value, index) => this.account.acknowledge(append.baseOffset + index, value))
    this.note('client', `has ${values.join(' ')} acknowledged at ${append.baseOffset}`)
  }

  async consume(from: number): Promise<void> {
    const { position } = this.account
    const { errorCode, texts } = await this.ask(CLIENT, from, this.clock, broker =>
      broker.read(position),
    )
    if (errorCode === ErrorCode.NONE) this.account.see(texts, `broker ${from}`)
  }
}
