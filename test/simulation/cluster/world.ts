/** Three brokers and their coordination service in one process, on virtual time, with clients on machines of their own. */
import { Kafka, KafkaError, unwrap } from '../../../src/client/index.ts'
import type { Broker } from '../../../src/broker/broker.ts'
import { silentLog, sleep, type Host } from '../../../src/host/index.ts'
import type { Partition } from '../../../src/replica/index.ts'
import { SimClock, Simulation, type SeededRandom, type SimHost } from '../../../src/sim/index.ts'
import { Account } from './account.ts'
import { Machine } from './machine.ts'
import type { Client } from './workloads/client.ts'
import { brokerProgram, Coordination } from './servers.ts'
import {
  BROKER_IDS,
  brokerName,
  clientOptions,
  COORDINATION,
  type BrokerTraits,
} from './settings.ts'

/** A partition by name. */
export interface Place {
  readonly topic: string
  readonly partition: number
  readonly replicationFactor: number
}

export function nameOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}-${partition}`
}

export interface TopicPlan {
  readonly topic: string
  readonly partitions: number
  readonly replicationFactor: number
}

const INTERNAL: readonly TopicPlan[] = [
  { topic: '__consumer_offsets', partitions: 2, replicationFactor: 3 },
  { topic: '__transaction_state', partitions: 2, replicationFactor: 3 },
]

/** A cluster that has all it needs stands up in this time. */
const START_LIMIT_MS = 30_000

/** What a reader stands on has been cut away. */
const broken: ReadonlySet<string> = new Set(['OUT_OF_RANGE_WITHOUT_RESET', 'LOG_TRUNCATION'])

export interface WorldTraits extends BrokerTraits {
  readonly lossRate: number
  readonly dropRate: number
}

export class ClusterWorld {
  readonly simulation: Simulation
  readonly clock: SimClock
  readonly traits: WorldTraits
  readonly coordination: Machine
  readonly brokers: ReadonlyMap<number, Machine<Broker>>
  readonly account = new Account()
  readonly places: Place[] = []
  readonly clients: Client[] = []
  /** The broker whose disk has lost something and is not in sync again. */
  wounded: number | undefined
  /** The broker with a wrong bit on its disk, and where. */
  rotten: { readonly id: number; readonly place: Place } | undefined
  /** One that may fail with the next operation. */
  hasBadDisk = false
  /** What must not happen, of things that nobody waits for. */
  readonly failures: unknown[] = []

  constructor(seed: number, traits: WorldTraits) {
    this.traits = traits
    this.simulation = new Simulation(seed)
    this.clock = new SimClock(this.simulation.scheduler)
    this.coordination = new Machine({
      host: this.simulation.addHost(COORDINATION),
      load: (host, exit) => new Coordination(host, exit),
    })
    this.brokers = new Map(
      BROKER_IDS.map(id => {
        const host = this.simulation.addHost(brokerName(id))
        const load = brokerProgram(id, traits, event => this.#onWarning(id, event))
        return [id, new Machine({ host, load })]
      }),
    )
  }

  /** A follower says so when it has to cut what was committed. */
  #onWarning(id: number, event: string): void {
    if (id === this.wounded || !event.endsWith('truncated to what the leader has')) return
    this.failures.push(new Error(`broker ${id} cuts what was committed: ${event}`))
  }

  get random(): SeededRandom {
    return this.simulation.random
  }

  get nowMs(): number {
    return this.clock.monotonicMs()
  }

  get machines(): Machine[] {
    return [this.coordination, ...this.brokers.values()]
  }

  note(who: string, what: string): void {
    this.simulation.trace.note(this.nowMs, who, what)
  }

  /** Clients of one process on a machine of its own. */
  client(name: string): {
    readonly kafka: Kafka
    readonly host: Host
    readonly machine: SimHost
  } {
    const machine = this.simulation.addHost(name)
    const host = { ...machine.boot(), log: silentLog }
    return { machine, host, kafka: new Kafka({ host, ...clientOptions }) }
  }

  /** Errors are what clients have to live with, save those that say that a promise was broken. */
  takeClientError(who: string, error: unknown): KafkaError {
    if (!(error instanceof KafkaError)) {
      this.failures.push(error)
      return new KafkaError('UNKNOWN_SERVER_ERROR', String(error), { fatal: true })
    }
    this.note(who, `meets ${error.code}: ${error.message}`)
    if (broken.has(error.code)) this.failures.push(error)
    return error
  }

  /** Starts all, and makes the topics. */
  async start(plans: readonly TopicPlan[]): Promise<void> {
    for (const machine of this.machines) machine.boot()
    await this.until('the cluster stands', () => this.isWhole, START_LIMIT_MS)
    const { kafka } = this.client('operator')
    const admin = kafka.admin()
    const made = await admin.createTopics(
      plans.map(({ topic, partitions, replicationFactor }) => ({
        ...{ name: topic, numPartitions: partitions, replicationFactor },
      })),
    )
    for (const outcome of made.values()) unwrap(outcome)
    await admin.close()
    const { lossRate, dropRate } = this.traits
    this.simulation.network.change({ lossRate, dropRate })
    for (const { topic, partitions, replicationFactor } of [...plans, ...INTERNAL]) {
      for (let partition = 0; partition < partitions; partition += 1) {
        this.places.push({ topic, partition, replicationFactor })
      }
    }
  }

  /** Reads what has a wrong bit in it, as a reader of old records would: it has to be noticed. */
  async unearth(): Promise<void> {
    if (this.rotten === undefined) return
    const log = this.held(this.rotten.id, this.rotten.place)?.log
    await log?.warm(0, log.sizeBytes)
  }

  /** Whatever is broken is whole again, and everything is started. */
  async mend(): Promise<void> {
    this.note('world', 'is mended')
    this.simulation.network.heal()
    this.simulation.network.change({ lossRate: 0, dropRate: 0 })
    for (const client of this.clients) client.machine.resume()
    this.hasBadDisk = false
    for (const machine of this.machines) {
      machine.disk.faults.clear()
      machine.resume()
    }
    await this.until('everything is up', () => this.#bootAll(), START_LIMIT_MS)
  }

  #bootAll(): boolean {
    for (const machine of this.machines) machine.boot()
    return this.isWhole
  }

  get isWhole(): boolean {
    return this.machines.every(machine => machine.isServing)
  }

  /** Looks every so often. @throws Error when it does not come true */
  async until(
    what: string | (() => string),
    isReached: () => boolean,
    limitMs: number,
  ): Promise<void> {
    const deadlineMs = this.nowMs + limitMs
    while (!isReached()) {
      if (this.nowMs > deadlineMs) {
        throw new Error(`not within ${limitMs} ms: ${typeof what === 'string' ? what : what()}`)
      }
      await sleep(this.clock, 50)
    }
  }

  placesOf(topic: string): Place[] {
    return this.places.filter(place => place.topic === topic)
  }

  // -- looking inside

  /** A partition as a broker holds it; `undefined` where it does not, or does not run. */
  held(id: number, { topic, partition }: Place): Partition | undefined {
    return this.brokers.get(id)?.program?.replicas?.get(topic, partition)
  }

  /** The broker that leads in the latest epoch, and runs. */
  leaderOf(place: Place): Partition | undefined {
    let latest: Partition | undefined
    for (const id of this.brokers.keys()) {
      const held = this.held(id, place)
      if (held?.isLeader === true && held.leaderEpoch > (latest?.leaderEpoch ?? -1)) latest = held
    }
    return latest
  }

  /** All replicas of all partitions are in sync, and everything is committed. */
  get isHealed(): boolean {
    return this.ailments.length === 0
  }

  /** What is not as it should be while nothing is broken. */
  get ailments(): string[] {
    return this.places.flatMap(place => {
      const replicas = [...this.brokers.keys()].flatMap(id => this.held(id, place) ?? [])
      // Internal topics come into being when they are needed.
      if (replicas.length === 0 && place.topic.startsWith('__')) return []
      const leader = this.leaderOf(place)
      const name = nameOf(place)
      if (leader === undefined) return [`${name} has no leader`]
      if (replicas.some(held => held.log.damage !== undefined)) return [`${name} is damaged`]
      const { isr, log, leaderEpoch } = leader
      if (isr.length !== place.replicationFactor) {
        return [`${name} has ISR ${isr.join(',')} in epoch ${leaderEpoch}`]
      }
      const behind = replicas.filter(({ highWatermark }) => highWatermark !== log.logEndOffset)
      return behind.map(
        held =>
          `${name}: of ${log.logEndOffset} in epoch ${leaderEpoch} ${held.highWatermark} are committed in ${held.leaderEpoch}`,
      )
    })
  }
}
