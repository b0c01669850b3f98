/** One history of a replicated partition from its seed: faults, then quiet, then the judgement. */
import assert from 'node:assert/strict'
import { NetworkError, sleep } from '../../../src/host/index.ts'
import type { Trace } from '../../../src/sim/index.ts'
import { ReplicationWorld, type Breakage } from './world.ts'

const REPLICAS = 3
const FAULTY_MS = 20_000
/** Time for all to come back: `replica.lag.time.max.ms`, backoffs, the copying itself. */
const SETTLING_MS = 15_000
const CHECK_MS = 250

export async function replicationHistory(seed: number, breakage?: Breakage): Promise<Trace> {
  const world = new ReplicationWorld(seed, REPLICAS, breakage)
  let isOver = false
  let failure: unknown
  const story = tell(world).catch((error: unknown) => (failure = error))
  void story.then(() => (isOver = true))
  await world.simulation.scheduler.runUntil(
    () => isOver || world.failures.length > 0,
    FAULTY_MS * 4,
  )
  if (failure !== undefined) throw failure as Error
  assert.deepEqual(world.failures, [])
  assert.ok(isOver, 'the history does not end')
  return world.simulation.trace
}

async function tell(world: ReplicationWorld): Promise<void> {
  const ids = [...world.controller.state.replicas]
  await Promise.all(ids.map(id => world.boot(id)))
  const clients = [producing(world), producing(world), consuming(world), checking(world)]
  await Promise.race([disturb(world, ids), ...clients])
  world.isFaulty = false
  world.heal()
  await Promise.all(ids.map(id => world.boot(id)))
  await Promise.race([sleep(world.clock, SETTLING_MS), ...clients])
  judge(world, ids)
}

async function producing(world: ReplicationWorld): Promise<never> {
  const name = `p${world.random.below(1e6)}`
  for (let n = 0; ; n += 1) {
    const values = Array.from(
      { length: 1 + world.random.below(3) },
      (_, index) => `${name}-${n}-${index}`,
    )
    const { leader, replicas } = world.controller.state
    const isAstray = world.random.chance(0.1) || leader < 0
    const to = isAstray ? (replicas[world.random.below(replicas.length)] ?? leader) : leader
    await answered(world.produce(to, values))
    await sleep(world.clock, world.random.between(5, world.isFaulty ? 120 : 1_000))
  }
}

async function consuming(world: ReplicationWorld): Promise<never> {
  const { replicas } = world.controller.state
  for (;;) {
    await answered(world.consume(replicas[world.random.below(replicas.length)] ?? 1))
    await sleep(world.clock, world.random.between(5, 100))
  }
}

async function checking(world: ReplicationWorld): Promise<never> {
  for (;;) {
    await sleep(world.clock, CHECK_MS)
    world.account.check([...world.brokers.values()], world.controller.state)
  }
}

async function answered(asked: Promise<void>): Promise<void> {
  try {
    await asked
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error
  }
}

async function disturb(world: ReplicationWorld, ids: readonly number[]): Promise<void> {
  const { clock, random } = world
  const one = (): number => ids[random.below(ids.length)] ?? 1
  while (clock.monotonicMs() < FAULTY_MS) {
    await sleep(clock, random.between(50, 1_200))
    const fault = random.below(8)
    if (fault <= 1) disrupt(world, one())
    else if (fault === 2) world.controller.move(among => among[random.below(among.length)] ?? 1)
    else if (fault === 3) world.controller.renew()
    else if (fault === 4) world.cut(one(), one())
    else if (fault === 5) world.heal()
    else void world.boot(one()).catch((error: unknown) => world.failures.push(error))
  }
}

function disrupt(world: ReplicationWorld, id: number): void {
  if (world.mayCutPower(id) && world.random.chance(0.5)) world.cutPower(id)
  else world.kill(id)
}

/** In the end all replicas are in sync and the same, and have all that was promised. */
function judge(world: ReplicationWorld, ids: readonly number[]): void {
  assert.deepEqual([...world.controller.state.isr].sort(), ids, 'all are in sync again')
  for (const broker of world.brokers.values()) world.account.checkHas(broker, 'in the end')
  world.account.check([...world.brokers.values()], world.controller.state)
  assert.ok(world.account.acknowledgedCount > 0, 'nothing was acknowledged')
}
