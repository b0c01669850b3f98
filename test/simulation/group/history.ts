/**
 * One history of a group, made from a seed: consumers come, leave, crash and come back, static ones
 * among them; producers commit offsets in transactions; the coordinator crashes and moves; in the end the
 * faults stop and everybody who lives must have a part of the work.
 */
import { strict as assert } from 'node:assert'
import type { SeededRandom, Trace } from '../../../src/sim/index.ts'
import { PARTITIONS, SimConsumer } from './consumer.ts'
import { OffsetProducer } from './offset-producer.ts'
import { GroupWorld } from './world.ts'

const FAULTY_MS = 120_000
/** Longer than any session, rebalance and request timeout one after another. */
const CALM_MS = 180_000
/** With the request on its way. */
const SLOWEST_APPEND_MS = 10_000
const MAX_CONSUMERS = 6
const PRODUCERS = 3

export async function groupHistory(seed: number): Promise<Trace> {
  const world = new GroupWorld(seed)
  const history = new History(world)
  const running = history.run()
  await world.scheduler.runUntil(() => history.isOver, 10 * (FAULTY_MS + CALM_MS))
  await running
  return world.trace
}

class History {
  readonly #world: GroupWorld
  readonly #random: SeededRandom
  readonly #consumers: SimConsumer[] = []
  #named = 0
  isOver = false

  constructor(world: GroupWorld) {
    this.#world = world
    this.#random = world.random.fork('history')
  }

  async run(): Promise<void> {
    try {
      const producers = Array.from({ length: PRODUCERS }, (_, n) =>
        new OffsetProducer(n, this.#world).run(FAULTY_MS),
      )
      await this.#world.start()
      while (this.#world.clock.monotonicMs() < FAULTY_MS) {
        // Trouble comes in bursts: most of what can go wrong needs two things at once.
        await this.#pause(this.#random.between(0, this.#random.chance(0.6) ? 200 : 8_000))
        await this.#mischief()
        this.#world.checkOffsets()
      }
      await this.#calm()
      await Promise.all(producers)
      this.#checkEverybodyWorks()
      for (const consumer of this.#consumers) consumer.kill()
      await this.#pause(SLOWEST_APPEND_MS)
      this.#world.checkOffsets()
      this.#world.checkStable()
    } finally {
      this.isOver = true
      for (const consumer of this.#consumers) consumer.kill()
    }
  }

  #living(): SimConsumer[] {
    return this.#consumers.filter(consumer => consumer.isAlive)
  }

  async #mischief(): Promise<void> {
    const living = this.#living()
    const victim = living.length === 0 ? undefined : this.#random.pick(living)
    switch (this.#random.below(9)) {
      case 0:
      case 1:
      case 2:
        if (living.length < MAX_CONSUMERS) this.#add(this.#random.chance(0.4))
        return
      case 3:
        this.#kill(victim)
        return
      case 4:
        void victim?.leave()
        return
      case 5:
        this.#restart(victim)
        return
      case 6:
        void this.#world.coordinator?.deleteGroup('g')
        return
      case 7:
        await this.#moveCoordinator()
        return
      case 8:
        this.#startTwin(victim)
    }
  }

  #add(isStatic: boolean): void {
    this.#named += 1
    const name = `c${this.#named}`
    this.#start(name, isStatic ? `i${this.#named}` : null)
  }

  #start(name: string, groupInstanceId: string | null): void {
    this.#world.note(name, 'starts')
    const consumer = new SimConsumer(name, groupInstanceId, this.#world)
    this.#consumers.push(consumer)
    void consumer.run()
  }

  #kill(consumer: SimConsumer | undefined): void {
    if (consumer === undefined) return
    this.#world.note(consumer.name, 'is killed')
    consumer.kill()
  }

  /** A static member comes back under its instance id. */
  #restart(consumer: SimConsumer | undefined): void {
    if (consumer === undefined) return
    this.#kill(consumer)
    this.#named += 1
    this.#start(`${consumer.name}+${this.#named}`, consumer.groupInstanceId)
  }

  /** A second process with the same instance id: one of the two has to go. */
  #startTwin(consumer: SimConsumer | undefined): void {
    if (consumer?.groupInstanceId == null) return
    this.#named += 1
    this.#start(`${consumer.name}~${this.#named}`, consumer.groupInstanceId)
  }

  async #moveCoordinator(): Promise<void> {
    const how = this.#random.chance(0.5) ? 'crash' : 'resign'
    const isBack = this.#world.replace(how, this.#random.between(0, 8_000))
    if (this.#random.chance(0.5)) this.#kill(this.#living()[0])
    await isBack
  }

  async #calm(): Promise<void> {
    this.#world.isFaulty = false
    this.#world.note('world', 'is calm')
    if (this.#living().length === 0) this.#add(false)
    for (let span = 0; span < CALM_MS; span += 10_000) {
      await this.#pause(10_000)
      this.#world.checkOffsets()
    }
  }

  #checkEverybodyWorks(): void {
    const description = this.#world.coordinator?.describeGroup('g', { knowsGroupIdNotFound: true })
    const living = this.#living()
    assert.equal(description?.groupState, 'Stable')
    assert.deepEqual(
      description.members.map(member => member.memberId).sort(),
      living.map(consumer => consumer.memberId).sort(),
      'the members are those who live',
    )
    const instances = living.flatMap(({ groupInstanceId }) => groupInstanceId ?? [])
    assert.equal(new Set(instances).size, instances.length, 'twins are fenced')
    const generations = new Set(living.map(consumer => consumer.generationId))
    assert.equal(generations.size, 1, 'all are in one generation')
    const owned = living.flatMap(consumer => consumer.owned ?? [])
    assert.deepEqual(owned.sort(), PARTITIONS, 'each partition has one owner')
  }

  #pause(spanMs: number): Promise<void> {
    return new Promise(resolve => this.#world.clock.after(spanMs, resolve))
  }
}
