/** What befalls the cluster: each disaster strikes, lasts, and passes. */
import { sleep } from '../../../src/host/index.ts'
import type { SeededRandom } from '../../../src/sim/index.ts'
import type { Machine } from './machine.ts'
import { BROKER_IDS, brokerName, COORDINATION } from './settings.ts'
import { Mover } from './mover.ts'
import { Wounds } from './wounds.ts'
import { nameOf, type ClusterWorld } from './world.ts'

const HOUR_MS = 3_600_000

/** Resolves when its time is over; what it has broken may take longer to mend. */
type Disaster = (ruin: Disasters) => Promise<void>

export class Disasters {
  readonly world: ClusterWorld
  readonly random: SeededRandom
  readonly wounds: Wounds
  readonly mover: Mover
  /** Under way, with the one that is about to strike. */
  #underWay = 0
  /** Of which nothing else may happen in the meantime. */
  #alone: Promise<void> | undefined

  constructor(world: ClusterWorld) {
    this.world = world
    this.random = world.random.fork('disasters')
    this.wounds = new Wounds(world)
    this.mover = new Mover(world, this.random.fork('mover'))
  }

  /** Several, some of them at once, until `untilMs`; resolves when all of them have passed. */
  async run(untilMs: number): Promise<void> {
    const { clock } = this.world
    const open: Promise<void>[] = []
    while (this.world.nowMs < untilMs) {
      await sleep(clock, this.random.between(50, 2_000))
      const [name, disaster] = this.random.pick(disasters)
      this.world.note('world', name)
      this.#underWay += 1
      const passing = disaster(this).finally(() => (this.#underWay -= 1))
      passing.catch((error: unknown) => this.world.failures.push(error))
      open.push(passing)
      if (this.random.chance(0.6)) await passing
      await this.#alone
    }
    await Promise.all(open)
  }

  /** Most disasters are short; some outlast sessions. */
  lasts(): Promise<void> {
    const longestMs = this.random.chance(0.5) ? 400 : 4_500
    return sleep(this.world.clock, this.random.between(5, longestMs))
  }

  brokerId(): number {
    return this.random.pick(BROKER_IDS)
  }

  broker(id = this.brokerId()): Machine {
    const machine = this.world.brokers.get(id)
    if (machine === undefined) throw new Error(`no broker ${id}`)
    return machine
  }

  /** Two different machines of the cluster. */
  pair(): [string, string] {
    const one = brokerName(this.brokerId())
    const names = [COORDINATION, ...BROKER_IDS.map(brokerName)].filter(name => name !== one)
    const other = this.random.pick(names)
    return this.random.chance(0.5) ? [one, other] : [other, one]
  }

  /** A disk loses something, where that must do no harm; nothing else happens until the cluster has taken note. */
  async wound(strike: (id: number) => Promise<void>): Promise<void> {
    const id = this.brokerId()
    if (this.#underWay > 1 || this.mover.isMoving || !this.wounds.mayWound(id)) return
    this.wounds.wound(id)
    const striking = strike(id)
    this.#alone = Promise.all([striking, this.wounds.untilNoticed()]).then(() => undefined)
    await this.#alone
    this.#alone = undefined
  }
}

/** A machine of the cluster is gone for a while. */
async function away(ruin: Disasters, machine: Machine, end: () => void): Promise<void> {
  end()
  await ruin.lasts()
  machine.boot()
}

async function stopInOrder(ruin: Disasters): Promise<void> {
  const machine = ruin.broker()
  if (!machine.isServing) return
  void machine.stop()
  await ruin.lasts()
  // Who does not stop in time is killed.
  machine.kill()
  machine.boot()
}

async function killAll(ruin: Disasters): Promise<void> {
  const { machines, clock, traits } = ruin.world
  const losesPower = traits.isFlushing && ruin.random.chance(0.5)
  for (const machine of machines) {
    if (losesPower) machine.cutPower()
    else machine.kill()
  }
  for (const machine of machines) {
    await sleep(clock, ruin.random.between(0, 600))
    machine.boot()
  }
}

async function cutPower(ruin: Disasters): Promise<void> {
  if (ruin.world.traits.isFlushing) {
    const machine = ruin.broker()
    await away(ruin, machine, () => machine.cutPower())
    return
  }
  await ruin.wound(async id => {
    const machine = ruin.broker(id)
    await away(ruin, machine, () => machine.cutPower())
  })
}

async function pause(ruin: Disasters): Promise<void> {
  const machine = ruin.random.pick(ruin.world.machines)
  machine.pause()
  await ruin.lasts()
  machine.resume()
}

/** A client that is held up becomes a zombie. */
async function pauseClient(ruin: Disasters): Promise<void> {
  const { machine } = ruin.random.pick(ruin.world.clients)
  machine.pause()
  await ruin.lasts()
  machine.resume()
}

async function isolate(ruin: Disasters): Promise<void> {
  ruin.world.simulation.network.isolate(brokerName(ruin.brokerId()))
  await ruin.lasts()
  ruin.world.simulation.network.heal()
}

async function part(ruin: Disasters): Promise<void> {
  const { network } = ruin.world.simulation
  const [one, other] = ruin.pair()
  network.cut(one, other)
  // Half of the time only one direction.
  if (ruin.random.chance(0.5)) network.cut(other, one)
  await ruin.lasts()
  network.heal()
}

async function breakConnections(ruin: Disasters): Promise<void> {
  ruin.world.simulation.network.breakConnections(...ruin.pair())
  await sleep(ruin.world.clock, 1)
}

async function jumpClock(ruin: Disasters): Promise<void> {
  const machine = ruin.random.pick(ruin.world.machines)
  machine.jumpWall(Math.round(ruin.random.between(-HOUR_MS, HOUR_MS)))
  await sleep(ruin.world.clock, 1)
}

async function fillDisk(ruin: Disasters): Promise<void> {
  const machine = ruin.random.pick(ruin.world.machines)
  machine.disk.faults.capacityBytes = 5_000 + ruin.random.below(80_000)
  await ruin.lasts()
  machine.disk.faults.clear()
  machine.boot()
}

async function failDisk(ruin: Disasters): Promise<void> {
  const machine = ruin.random.pick(ruin.world.machines)
  const operation = ruin.random.pick(['write', 'read', 'open', 'open for writing', 'list'] as const)
  const after = ruin.random.below(20)
  machine.disk.faults.add({ code: 'EIO', operations: [operation], after, times: 1 })
  ruin.world.hasBadDisk = true
  await ruin.lasts()
  machine.disk.faults.clear()
  ruin.world.hasBadDisk = false
  machine.boot()
}

/** What a failed sync covered is lost with the next power cut, whatever later syncs say. */
async function failSync(ruin: Disasters): Promise<void> {
  await ruin.wound(async id => {
    const machine = ruin.broker(id)
    machine.disk.faults.add({ code: 'EIO', operations: ['sync'], times: 1 })
    await ruin.lasts()
    machine.disk.faults.clear()
    // Whether or not it has noticed.
    await away(ruin, machine, () => machine.cutPower())
  })
}

/** While a broker is stopped a bit turns in a segment that nothing is written to any more. */
async function turnBit(ruin: Disasters): Promise<void> {
  const { world, random } = ruin
  if (world.rotten !== undefined) return
  await ruin.wound(async id => {
    const machine = ruin.broker(id)
    machine.kill()
    const files = machine.disk.mount(world.clock)
    const place = random.pick(world.placesOf('orders'))
    const folder = `/logs/${nameOf(place)}`
    const segments = files.list(folder).filter(name => name.endsWith('.log'))
    const [segment] = segments
    if (segment !== undefined && segments.length > 1) {
      const path = `${folder}/${segment}`
      const sizeBytes = files.readFile(path).length
      machine.disk.flipBit(path, random.below(sizeBytes), random.below(8))
      world.rotten = { id, place }
    }
    await ruin.lasts()
    machine.boot()
  })
}

/** Replicas go elsewhere, and come home; in between the move may be cancelled, or another take its place. */
async function moveReplicas(ruin: Disasters): Promise<void> {
  const { world, random, mover } = ruin
  // Internal topics come into being when they are needed.
  const place = random.pick(world.places)
  if (world.leaderOf(place) === undefined || world.rotten !== undefined) return
  await mover.move(place, mover.some(Math.max(1, place.replicationFactor - 1)))
  await ruin.lasts()
  if (random.chance(0.3)) await mover.move(place, 'cancel')
  if (random.chance(0.3)) await mover.move(place, mover.some(place.replicationFactor))
  await mover.moveHome(place)
}

const disasters: readonly (readonly [string, Disaster])[] = [
  [
    'a broker is killed',
    ruin => {
      const machine = ruin.broker()
      return away(ruin, machine, () => machine.kill())
    },
  ],
  [
    'a broker is killed and started at once',
    async ruin => {
      const machine = ruin.broker()
      machine.kill()
      await sleep(ruin.world.clock, ruin.random.between(0, 100))
      machine.boot()
    },
  ],
  ['a broker is stopped', stopInOrder],
  ['all are killed', killAll],
  [
    'the coordination is killed',
    ruin => {
      const { coordination } = ruin.world
      return away(ruin, coordination, () => coordination.kill())
    },
  ],
  [
    'the coordination loses power',
    ruin => {
      const { coordination } = ruin.world
      return away(ruin, coordination, () => coordination.cutPower())
    },
  ],
  ['a broker loses power', cutPower],
  ['a machine is paused', pause],
  ['a client is paused', pauseClient],
  ['a broker is isolated', isolate],
  ['two are parted', part],
  ['connections break', breakConnections],
  ['a clock jumps', jumpClock],
  ['a disk is full', fillDisk],
  ['a disk fails', failDisk],
  ['a sync fails', failSync],
  ['a bit turns', turnBit],
  ['replicas are moved', moveReplicas],
]
