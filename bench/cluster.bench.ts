/**
 * Three brokers of ours and three genuine ones, each trio with a ZooKeeper of its kind, by turns: producing
 * to all replicas, memory, many partitions, the death of a broker and its return, catching up.
 */
import { startCluster, type Cluster } from '../test/peers/cluster.ts'
import type { SubjectKind } from '../test/peers/subject.ts'
import { ClusterLoad } from './load/cluster-load.ts'
import { GB } from './load/programs.ts'
import { byTurns, tableOf, type Benchmark, type Sample } from './measure.ts'

const IDS = [0, 1, 2]
const LOAD_PARTITIONS = 18
const MANY_PARTITIONS = 1_000
/** Produced before what counts, so that a JIT compiler has seen the path. */
const BEFORE_BYTES = GB
const MEASURED_BYTES = GB

const overrides = {
  'zookeeper.session.timeout.ms': '6000',
  'min.insync.replicas': '2',
}

export const benchmark: Benchmark = {
  question: 'How do three brokers compare with three of genuine Kafka 3.9 on one machine?',
  rounds: 3,
  async run(rounds) {
    const kinds = ['genuine', 'tidelog'] as const
    const contenders = kinds.map(kind => ({ name: kind, measure: () => measure(kind) }))
    console.log(tableOf(await byTurns(contenders, { rounds, warmUp: false })))
  },
}

async function measure(kind: SubjectKind): Promise<Sample> {
  const cluster = await startCluster({
    ...{ kinds: IDS.map(() => kind), zookeeperKind: kind, isStockJvm: true, overrides },
  })
  try {
    const load = new ClusterLoad(cluster, IDS)
    const idle = load.memory()
    await load.createTopic('load', LOAD_PARTITIONS)
    await load.produce('load', BEFORE_BYTES)
    const produced = await load.produce('load', MEASURED_BYTES)
    const createdMs = await load.createTopic('many', MANY_PARTITIONS)
    await load.untilInSync(['load', 'many'])
    return {
      'memory idle, resident MiB': idle.resident,
      'memory idle, proportional MiB': idle.proportional,
      'acks=all MB/s': produced.mbPerSecond,
      'acks=all CPU s/GB': produced.cpuPerGb,
      '1000 partitions ms': createdMs,
      ...(await deathAndReturn(cluster, load)),
      ...(await stopAndCatchUp(cluster, load)),
    }
  } finally {
    await cluster.dispose()
  }
}

/** Of a broker that is not the controller. */
async function deathAndReturn(cluster: Cluster, load: ClusterLoad): Promise<Sample> {
  const victim = ((await load.controller()) + 1) % IDS.length
  const alive = IDS.filter(id => id !== victim)
  const ledMs = await timed(async () => {
    await cluster.broker(victim).kill()
    await load.untilLed('many', alive)
  })
  const backMs = await timed(async () => {
    await cluster.start(victim)
    await load.untilInSync(['load', 'many'])
  })
  return { 'killed, all led ms': ledMs, 'back in all ISRs ms': backMs }
}

async function stopAndCatchUp(cluster: Cluster, load: ClusterLoad): Promise<Sample> {
  const victim = ((await load.controller()) + 2) % IDS.length
  const alive = IDS.filter(id => id !== victim)
  const stoppedMs = await timed(() => cluster.broker(victim).stop())
  await load.untilLed('load', alive)
  await load.produce('load', GB, alive)
  const caughtUpMs = await timed(async () => {
    await cluster.start(victim)
    await load.untilInSync(['load'])
  })
  return { 'clean stop ms': stoppedMs, 'catch-up of 1 GB ms': caughtUpMs }
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now()
  await action()
  return performance.now() - startMs
}
