/** One history of a cluster from its seed: disasters, then quiet, then the judgement. */
import assert from 'node:assert/strict'
import { SeededRandom, type Trace } from '../../../src/sim/index.ts'
import { Disasters } from './disasters.ts'
import { Inspection, valuesIn } from './inspection.ts'
import { Writer } from './workloads/writer.ts'
import { ClusterWorld, nameOf, type TopicPlan } from './world.ts'

const RUINED_MS = 15_000
/** Clients go on for so long when all is well again. */
const QUIET_MS = 2_000
/** Sessions end, replicas catch up. */
const HEALING_LIMIT_MS = 40_000
const CHECK_MS = 200
const LONGEST_MS = 300_000

const topics: readonly TopicPlan[] = [
  { topic: 'orders', partitions: 2, replicationFactor: 3 },
  { topic: 'notes', partitions: 1, replicationFactor: 1 },
]

/** @throws what does not hold */
export async function clusterHistory(seed: number): Promise<Trace> {
  const { trace, failure } = await clusterStory(seed)
  if (failure !== undefined) throw failure
  return trace
}

/** The same, told to the end also where it fails. */
export async function clusterStory(
  seed: number,
): Promise<{ readonly trace: Trace; readonly failure: Error | undefined }> {
  const world = worldOf(seed)
  const end = { isReached: false }
  void tell(world)
    .catch((error: unknown) => world.failures.push(error))
    .finally(() => (end.isReached = true))
  const { scheduler, trace } = world.simulation
  try {
    await scheduler.runUntil(() => end.isReached || world.failures.length > 0, LONGEST_MS)
  } catch (error) {
    world.failures.push(error)
  }
  if (!end.isReached) world.failures.push(new Error('the history does not end'))
  return { trace, failure: world.failures[0] as Error | undefined }
}

function worldOf(seed: number): ClusterWorld {
  const random = new SeededRandom(seed).fork('traits')
  return new ClusterWorld(seed, { isFlushing: random.chance(0.3), lossRate: 0, dropRate: 0 })
}

async function tell(world: ClusterWorld): Promise<void> {
  await world.start(topics)
  const inspection = new Inspection(world)
  const watching = watch(world, inspection)
  const untilMs = world.nowMs + RUINED_MS
  const clients = [
    new Writer(
      world,
      'writer',
      world.places.filter(({ topic }) => !topic.startsWith('__')),
    ),
  ].map(client => client.run(untilMs + QUIET_MS))
  await new Disasters(world).run(untilMs)
  await world.mend()
  await Promise.all(clients)
  const ailments = (): string => `all are well, but ${world.ailments.join('; ')}`
  await world.until(ailments, () => world.isHealed, HEALING_LIMIT_MS)
  watching.stop()
  judge(world, inspection)
}

function watch(world: ClusterWorld, inspection: Inspection): { stop(): void } {
  let count = 0
  const timer = world.clock.every(CHECK_MS, () => {
    count += 1
    inspection.checkTerms()
    if (count % 10 === 0) inspection.checkBytes()
  })
  return { stop: () => timer.cancel() }
}

function judge(world: ClusterWorld, inspection: Inspection): void {
  inspection.checkTerms()
  inspection.checkBytes(true)
  for (const place of world.places) {
    for (const id of world.brokers.keys()) {
      const held = world.held(id, place)
      if (held === undefined) continue
      world.account.checkHas(nameOf(place), valuesIn(held), `broker ${id}`)
    }
  }
  assert.ok(world.account.acknowledgedCount > 0, 'nothing was acknowledged')
}
