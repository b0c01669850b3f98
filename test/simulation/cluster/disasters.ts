/** What befalls the cluster: each disaster strikes, lasts, and passes. */
import { sleep } from '../../../src/host/index.ts'
import type { SeededRandom } from '../../../src/sim/index.ts'
import type { Machine } from './machine.ts'
import { BROKER_IDS } from './settings.ts'
import type { ClusterWorld } from './world.ts'

/** Resolves when its time is over; what it has broken may take longer to mend. */
type Disaster = (ruin: Disasters) => Promise<void>

export class Disasters {
  readonly #world: ClusterWorld
  readonly #random: SeededRandom
  /** Under way, beside the one that is about to strike. */
  #underWay = 0

  constructor(world: ClusterWorld) {
    this.#world = world
    this.#random = world.random.fork('disasters')
  }

  /** Several, some of them at once, until `untilMs`; then all of them have passed. */
  async run(untilMs: number): Promise<void> {
    const { clock } = this.#world
    const open: Promise<void>[] = []
    while (this.#world.nowMs < untilMs) {
      await sleep(clock, this.#random.between(100, 2_500))
      const disaster = this.#random.pick(all)
      this.#underWay += 1
      const passing = disaster(this).finally(() => (this.#underWay -= 1))
      passing.catch((error: unknown) => this.#world.failures.push(error))
      open.push(passing)
      if (this.#random.chance(0.7)) await passing
    }
    await Promise.all(open)
  }

  get world(): ClusterWorld {
    return this.#world
  }

  get random(): SeededRandom {
    return this.#random
  }

  /** Most disasters are short; some outlast sessions. */
  lasts(): Promise<void> {
    const longestMs = this.#random.chance(0.4) ? 500 : 6_000
    return sleep(this.#world.clock, this.#random.between(10, longestMs))
  }

  broker(): Machine {
    return this.#machineOf(this.#random.pick(BROKER_IDS))
  }

  #machineOf(id: number): Machine {
    const machine = this.#world.brokers.get(id)
    if (machine === undefined) throw new Error(`no broker ${id}`)
    return machine
  }
}

async function killBroker(ruin: Disasters): Promise<void> {
  const machine = ruin.broker()
  machine.kill()
  await ruin.lasts()
  machine.boot()
}

async function stopBroker(ruin: Disasters): Promise<void> {
  const machine = ruin.broker()
  if (!machine.isServing) return
  void machine.stop()
  await ruin.lasts()
  machine.kill()
  machine.boot()
}

async function killAll(ruin: Disasters): Promise<void> {
  for (const machine of ruin.world.machines) machine.kill()
  for (const machine of ruin.world.machines) {
    await sleep(ruin.world.clock, ruin.random.between(0, 500))
    machine.boot()
  }
}

async function killCoordination(ruin: Disasters): Promise<void> {
  const { coordination } = ruin.world
  if (ruin.random.chance(0.5)) coordination.kill()
  else coordination.cutPower()
  await ruin.lasts()
  coordination.boot()
}

const all: readonly Disaster[] = [killBroker, stopBroker, killAll, killCoordination]
