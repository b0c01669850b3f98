/**
 * Move in, move out: in one cluster of genuine Kafka and ours, partitions that idempotent and transactional producers
 * of three families write to go from genuine brokers to ours and back, as a genuine controller has it and as ours
 * has it, and a move that one of them began is ended by the other. Nothing that was acknowledged is missing or there twice, replicas are equal to the byte,
 * and who has given a partition up has no files of it.
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, unwrap } from '../../src/client/index.ts'
import { nodeHost } from '../../src/host/node/index.ts'
import { ZooKeeperClient } from '../../src/zookeeper/index.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { startCluster, type Cluster } from '../peers/cluster.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { referenceVersion, type SubjectKind } from '../peers/subject.ts'
import { allGrow, bytesOf, compare } from './steady/checks.ts'
import { OwnWriter, steadyPrograms, type Writer } from './steady/writers.ts'

const PARTITIONS = 4
const kinds: readonly SubjectKind[] = ['genuine', 'genuine', 'tidelog', 'tidelog']
const holders = { genuine: [0, 1], tidelog: [2, 3] } as const
const DEADLINE_MS = 60_000
const PAUSE_MS = 50
/** Elections until the wanted broker wins one. */
const MOST_ELECTIONS = 50

const numbers = Array.from({ length: PARTITIONS }, (_, partition) => partition)
const topics = ['ours', 'java', 'librdkafka']
const places = topics.flatMap(topic => numbers.map(partition => ({ topic, partition })))
type Place = (typeof places)[number]

async function until<T>(look: () => Promise<T> | T, isFine: (found: T) => boolean): Promise<T> {
  for (const endMs = Date.now() + DEADLINE_MS; ;) {
    const found = await look()
    if (isFine(found)) return found
    assert.ok(Date.now() < endMs, `this did not change any more: ${JSON.stringify(found)}`)
    await sleep(PAUSE_MS)
  }
}

/** Every other partition begins at the other broker. */
const replicasOf = (kind: SubjectKind, partition: number): number[] =>
  partition % 2 === 0 ? [...holders[kind]] : [...holders[kind]].reverse()

async function controllerKind(kafka: Kafka): Promise<SubjectKind | undefined> {
  await using admin = kafka.admin()
  const { controller } = await admin.describeCluster()
  return controller === undefined ? undefined : kinds[controller.id]
}

/** Whoever controls is deposed until a broker of this kind is elected. */
async function giveControlTo(
  kind: SubjectKind,
  kafka: Kafka,
  zookeeper: ZooKeeperClient,
): Promise<void> {
  // prettier-ignore
  for (let elections = 0; elections < MOST_ELECTIONS; elections += 1) {
    const { data } = (await zookeeper.getData('/controller').catch(() => undefined)) ?? {}
    const { brokerid } = JSON.parse(data?.toString() ?? '{"brokerid":-1}') as { brokerid: number }
    if (kinds[brokerid] === kind) {
      await until(() => controllerKind(kafka), found => found === kind) // prettier-ignore
      return
    }
    if (brokerid >= 0) await zookeeper.delete('/controller').catch(() => undefined)
    await sleep(PAUSE_MS)
  }
  assert.fail(`no broker of the kind ${kind} was elected`)
}

async function beginMove(kafka: Kafka, kind: SubjectKind): Promise<void> {
  await using admin = kafka.admin()
  const changes = places.map(place => ({ ...place, replicas: replicasOf(kind, place.partition) }))
  for (const begun of await admin.alterPartitionReassignments(changes)) unwrap(begun)
}

const moving = async (kafka: Kafka): Promise<number> => {
  await using admin = kafka.admin()
  return (await admin.listPartitionReassignments()).length
}

/** Led, held and in sync where it is to be; nowhere else are files of it. */
async function untilMoved(kafka: Kafka, cluster: Cluster, kind: SubjectKind): Promise<void> {
  await until(() => moving(kafka), count => count === 0) // prettier-ignore
  await using admin = kafka.admin()
  const described = async () => {
    const found = [...(await admin.describeTopics(topics)).values()]
    return found.flatMap(outcome => (outcome.ok ? outcome.value.partitions : []))
  }
  const isHome = ({ partition, replicas, isr, leader }: Awaited<ReturnType<typeof described>>[0]) =>
    String(replicas.map(({ id }) => id)) === String(replicasOf(kind, partition)) &&
    isr.length === holders[kind].length &&
    leader !== undefined &&
    kinds[leader.id] === kind
  await until(described, found => found.length === places.length && found.every(isHome))
  for (const [id, other] of kinds.entries()) {
    if (other === kind) continue
    const left = () => places.filter(place => existsSync(logOf(cluster, id, place)))
    await until(left, found => found.length === 0)
  }
}

/** Replicas of a partition that is still written to are equal as far as the shorter one goes. */
function compareReplicas(cluster: Cluster, kind: SubjectKind): void {
  for (const place of places) {
    const logs = holders[kind].map(id => bytesOf(logOf(cluster, id, place)))
    const length = Math.min(...logs.map(bytes => bytes.length))
    assert.ok(length > 0)
    const [one, other] = logs.map(bytes => bytes.subarray(0, length))
    assert.ok(
      one !== undefined && other?.equals(one) === true,
      `replicas of ${place.topic}-${place.partition} differ`,
    )
  }
}

const logOf = (cluster: Cluster, id: number, { topic, partition }: Place): string =>
  join(cluster.logDirOf(id), `${topic}-${partition}`)

/** Copies that are being made creep along, or run as they can. */
async function throttle(kafka: Kafka, isSlow: boolean): Promise<void> {
  await using admin = kafka.admin()
  const change = (name: string, value: string) =>
    isSlow ? ({ name, value, op: 'SET' } as const) : ({ name, value: null, op: 'DELETE' } as const)
  const broker = [change('leader.replication.throttled.rate', '100')]
  const replicas = [change('leader.replication.throttled.replicas', '*')]
  const changed = await admin.incrementalAlterConfigs([
    ...topics.map(name => ({ resource: { type: 'TOPIC', name } as const, ops: replicas })),
    ...kinds.map((_, id) => ({
      resource: { type: 'BROKER', name: String(id) } as const,
      ops: broker,
    })),
  ])
  for (const outcome of changed) unwrap(outcome)
}

test('partitions move in and move out, whoever controls', async t => {
  const genuine = await peerOrSkip(t, () => genuineDistribution(referenceVersion))
  const programs = await peerOrSkip(t, steadyPrograms)
  if (genuine === undefined || programs === undefined) return
  const cluster = await startCluster({
    ...{ kinds, zookeeperKind: 'genuine' },
    overrides: {
      'min.insync.replicas': '2',
      'auto.leader.rebalance.enable': 'false',
      // Nobody dies here: a busy machine must not look as if somebody did.
      'zookeeper.session.timeout.ms': '10000',
    },
  })
  t.after(() => cluster.dispose())
  await using kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
  const zookeeper = new ZooKeeperClient(nodeHost(), {
    ...{ servers: cluster.zookeeper.address, sessionTimeoutMs: 30_000 },
  })
  t.after(() => zookeeper.close())
  const replicaAssignments = new Map(numbers.map(id => [id, replicasOf('genuine', id)]))
  await using admin = kafka.admin()
  const made = await admin.createTopics(topics.map(name => ({ name, replicaAssignments })))
  for (const outcome of made.values()) unwrap(outcome)
  await until(() => controllerKind(kafka), found => found !== undefined) // prettier-ignore
  const place = { bootstrap: cluster.bootstrap, partitions: PARTITIONS }
  const writers: Writer[] = [
    new OwnWriter(kafka, { ...place, topic: 'ours' }),
    ...[...programs].map(([topic, start]) => start({ ...place, topic })),
  ]
  t.after(() => Promise.all(writers.map(writer => writer.kill())))

  for (const controller of ['genuine', 'tidelog'] as const) {
    await giveControlTo(controller, kafka, zookeeper)
    for (const target of ['tidelog', 'genuine'] as const) {
      await allGrow(writers)
      await beginMove(kafka, target)
      await allGrow(writers)
      await untilMoved(kafka, cluster, target)
      compareReplicas(cluster, target)
    }
  }
  for (const [first, second] of [
    ['genuine', 'tidelog'],
    ['tidelog', 'genuine'],
  ] as const) {
    // prettier-ignore
    await giveControlTo(first, kafka, zookeeper)
    await throttle(kafka, true)
    await beginMove(kafka, second)
    await giveControlTo(second, kafka, zookeeper)
    await allGrow(writers)
    assert.equal(await moving(kafka), places.length, 'the new controller knows of all moves')
    await throttle(kafka, false)
    await untilMoved(kafka, cluster, second)
  }
  await allGrow(writers)
  await Promise.all(writers.map(writer => writer.stop()))

  for (const writer of writers) await compare(kafka, writer, PARTITIONS)
  for (const at of places) {
    const [one, other] = holders.genuine
    await until(
      () => bytesOf(logOf(cluster, one, at)).equals(bytesOf(logOf(cluster, other, at))),
      areEqual => areEqual,
    )
  }
})
