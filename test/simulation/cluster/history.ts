/** One history of a cluster from its seed: disasters, then quiet, then the judgement. */
import assert from 'node:assert/strict'
import { SeededRandom, type Trace } from '../../../src/sim/index.ts'
import { checkOrder } from './account.ts'
import { Disasters } from './disasters.ts'
import { Inspection, valuesIn } from './inspection.ts'
import { Copier } from './workloads/copier.ts'
import { Member } from './workloads/member.ts'
import { Reader } from './workloads/reader.ts'
import { Transactor } from './workloads/transactor.ts'
import { Writer } from './workloads/writer.ts'
import { ClusterWorld, nameOf, type TopicPlan } from './world.ts'

const RUINED_MS = 9_000
/** Sessions end, coordinators load, replicas catch up, clients find their brokers. */
const HEALING_LIMIT_MS = 60_000
const CHECK_MS = 250
/** Of so many checks one compares bytes. */
const BYTES_EVERY = 8
const LONGEST_MS = 300_000

const ORDERS = 'orders'
const NOTES = 'notes'
const HASTE = 'haste'
const LEDGER = 'ledger'
const COPIES = 'copies'

/** @throws what does not hold */
export async function clusterHistory(seed: number): Promise<Trace> {
  const { world, failure } = await clusterStory(seed)
  if (failure !== undefined) throw failure
  return world.simulation.trace
}

/** The same, told to the end also where it fails. */
export async function clusterStory(
  seed: number,
): Promise<{ readonly world: ClusterWorld; readonly failure: Error | undefined }> {
  const story = new Story(seed)
  const { failures, simulation } = story.world
  const end = { isReached: false }
  void story
    .tell()
    .catch((error: unknown) => failures.push(error))
    .finally(() => (end.isReached = true))
  try {
    await simulation.scheduler.runUntil(() => end.isReached || failures.length > 0, LONGEST_MS)
  } catch (error) {
    failures.push(error)
  }
  if (!end.isReached) failures.push(new Error('the history does not end'))
  return { world: story.world, failure: failures[0] as Error | undefined }
}

class Story {
  readonly world: ClusterWorld
  readonly #random: SeededRandom
  readonly #inspection: Inspection
  readonly #plans: TopicPlan[] = [{ topic: ORDERS, partitions: 2, replicationFactor: 3 }]
  readonly #readers: Reader[] = []

  constructor(seed: number) {
    this.#random = new SeededRandom(seed).fork('story')
    const isLossy = this.#random.chance(0.3)
    this.world = new ClusterWorld(seed, {
      isFlushing: this.#random.chance(0.3),
      lossRate: isLossy ? 0.02 : 0,
      dropRate: isLossy ? 0.002 : 0,
    })
    this.#inspection = new Inspection(this.world)
  }

  async tell(): Promise<void> {
    const { world } = this
    const join = this.#plan()
    await world.start(this.#plans)
    join()
    const running = world.clients.map(client => client.run())
    for (const run of running) run.catch((error: unknown) => world.failures.push(error))
    const disasters = new Disasters(world)
    const watch = this.#watch(() => disasters.wounds.heal())
    await disasters.run(world.nowMs + RUINED_MS)
    await world.mend()
    await disasters.mover.allHome()
    await disasters.mover.close()
    await this.#recover()
    await this.#finish(running)
    watch.cancel()
    this.#judge()
  }

  /** Who works, and with what. */
  #plan(): () => void {
    const { world } = this
    const random = this.#random
    const notable = random.pick(['ledger', 'ledger', 'copies', 'group', 'none'] as const)
    const has = {
      notes: random.chance(0.3),
      haste: random.chance(0.2),
      ledger: notable === 'ledger',
      copies: notable === 'copies',
      group: notable === 'group' || random.chance(0.1),
    }
    const add = (topic: string, partitions: number, replicationFactor = 3): void => {
      this.#plans.push({ topic, partitions, replicationFactor })
    }
    if (has.notes) add(NOTES, 1, 1)
    if (has.haste) add(HASTE, 1)
    if (has.ledger) add(LEDGER, 2)
    if (has.copies) add(COPIES, 2)
    return () => {
      const clients = world.clients
      const durable = [...world.placesOf(ORDERS), ...world.placesOf(NOTES)]
      clients.push(new Writer(world, 'writer', { places: durable, acks: 'all' }))
      if (has.haste)
        clients.push(new Writer(world, 'hasty', { places: world.placesOf(HASTE), acks: 1 }))
      if (has.ledger) {
        for (const name of ['clerk', 'teller']) {
          clients.push(new Transactor(world, name, world.placesOf(LEDGER)))
        }
      }
      if (has.copies) {
        for (const name of ['copier', 'scribe']) {
          clients.push(new Copier(world, name, { from: ORDERS, to: COPIES }))
        }
      }
      if (has.group) {
        for (const name of ['anna', 'bert']) {
          clients.push(new Member(world, name, { groupId: 'members', topic: ORDERS }))
        }
      }
      const read = [LEDGER, COPIES, ORDERS, HASTE].flatMap(topic => world.placesOf(topic))
      this.#readers.push(new Reader(world, 'reader', { places: read, isolation: 'read_committed' }))
      clients.push(...this.#readers)
    }
  }

  #watch(each: () => void): { cancel(): void } {
    let count = 0
    return this.world.clock.every(CHECK_MS, () => {
      count += 1
      each()
      this.#inspection.checkTerms()
      if (count % BYTES_EVERY === 0) this.#inspection.checkBytes()
    })
  }

  /** Everybody gets something done again. */
  async #recover(): Promise<void> {
    const { world } = this
    const sinceMs = world.nowMs
    const idle = () => world.clients.filter(({ lastSuccessMs }) => lastSuccessMs < sinceMs)
    await world.until(
      () =>
        `everybody works, but ${idle()
          .map(({ name }) => name)
          .join(', ')}`,
      () => idle().length === 0,
      HEALING_LIMIT_MS,
    )
  }

  /** Nothing new is written; what is there is replicated, copied and read to its end. */
  async #finish(running: readonly Promise<void>[]): Promise<void> {
    const { world } = this
    const isLast = (client: unknown): boolean =>
      client instanceof Reader || client instanceof Copier
    for (const client of world.clients) if (!isLast(client)) client.stop()
    await Promise.all(running.filter((_, at) => !isLast(world.clients[at])))
    await world.until(
      () => this.#remainder(),
      () => this.#remainder() === '',
      HEALING_LIMIT_MS,
    )
    await world.unearth()
    for (const client of world.clients) client.stop()
    await Promise.all(running)
    await world.until(
      () => world.ailments.join('; '),
      () => world.isHealed,
      HEALING_LIMIT_MS,
    )
  }

  /** What is still to be done; '' when nothing is. */
  #remainder(): string {
    const { world } = this
    if (!world.isHealed) return world.ailments.join('; ')
    const isCopied = world.placesOf(COPIES).every(copy => {
      const of = (topic: string) => {
        const reader = this.#readers[0]
        return reader?.valuesOf({ ...copy, topic }).length ?? 0
      }
      return of(COPIES) >= of(ORDERS)
    })
    if (!isCopied) return 'copies are missing'
    for (const reader of this.#readers) {
      for (const place of reader.places) {
        const leader = world.leaderOf(place)
        if (leader === undefined || leader.log.lastStableOffset < leader.log.logEndOffset) {
          return `a transaction hangs in ${nameOf(place)}`
        }
        const end = leader.log.logEndOffset
        if (!reader.hasRead(place, end)) return `${nameOf(place)} is not read to ${end}`
      }
    }
    return ''
  }

  #judge(): void {
    this.#inspection.checkTerms()
    this.#inspection.checkBytes(true)
    const { world } = this
    for (const place of world.places) {
      for (const id of world.brokers.keys()) {
        const held = world.held(id, place)
        if (held === undefined) continue
        world.account.checkHas(nameOf(place), valuesIn(held), `broker ${id}`)
      }
    }
    this.#judgeValues()
    assert.ok(world.account.acknowledgedCount > 0, 'nothing was acknowledged')
  }

  #judgeValues(): void {
    const { world } = this
    for (const topic of [ORDERS, NOTES]) {
      for (const place of world.placesOf(topic)) {
        const leader = world.leaderOf(place)
        if (leader !== undefined) checkOrder(nameOf(place), valuesIn(leader).values())
      }
    }
    const [reader] = this.#readers
    if (reader === undefined) return
    world.account.checkTransactions(world.placesOf(LEDGER).flatMap(place => reader.valuesOf(place)))
    for (const copy of world.placesOf(COPIES)) {
      const originals = reader.valuesOf({ ...copy, topic: ORDERS })
      assert.deepEqual(reader.valuesOf(copy), originals, `${nameOf(copy)} is no copy`)
    }
  }
}
