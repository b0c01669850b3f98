/**
 * One cluster of genuine Kafka and ours: every member leads, follows and controls the others. While idempotent
 * and transactional producers of three families write, each member in turn becomes the controller, is killed
 * and started again; afterwards nothing that was acknowledged is missing or there twice, and the replicas are
 * equal, byte for byte.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka } from '../../src/client/index.ts'
import { nodeHost } from '../../src/host/node/index.ts'
import { batchesIn } from '../../src/records/index.ts'
import { ZooKeeperClient } from '../../src/zookeeper/index.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { startCluster, type Cluster } from '../peers/cluster.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { referenceVersion, type SubjectKind } from '../peers/subject.ts'
import { until } from '../support/until.ts'
import { allGrow, bytesOf, compare } from './steady/checks.ts'
import { OwnWriter, steadyPrograms, type Writer } from './steady/writers.ts'

const PARTITIONS = 6
const DEADLINE_MS = 60_000
const PAUSE_MS = 100

interface Cast {
  readonly name: string
  readonly kinds: readonly SubjectKind[]
  readonly version?: string
  readonly overrides?: Readonly<Record<string, string>>
}

const casts: readonly Cast[] = [
  {
    name: 'one of ours beside two genuine brokers',
    kinds: ['genuine', 'genuine', 'tidelog'],
  },
  {
    name: 'two of ours beside a genuine broker',
    kinds: ['tidelog', 'genuine', 'tidelog'],
  },
  {
    name: 'one of ours beside two brokers of 2.6',
    kinds: ['genuine', 'genuine', 'tidelog'],
    version: '2.6.3',
    overrides: { 'inter.broker.protocol.version': '2.6' },
  },
]

for (const cast of casts) {
  test(`${cast.name}: each controls, and is killed`, t => checkCast(t, cast))
}

async function checkCast(t: TestContext, cast: Cast): Promise<void> {
  const { kinds, version = referenceVersion } = cast
  const genuine = await peerOrSkip(t, () => genuineDistribution(version))
  const programs = await peerOrSkip(t, steadyPrograms)
  if (genuine === undefined || programs === undefined) return
  const cluster = await startCluster({
    ...{ kinds, version, zookeeperKind: 'genuine' },
    overrides: {
      ...{ 'min.insync.replicas': '2', 'replica.lag.time.max.ms': '3000' },
      ...cast.overrides,
    },
  })
  t.after(() => cluster.dispose())
  await using kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
  const topics = ['ours', ...programs.keys()]
  await makeTopics(kafka, topics)
  const place = { bootstrap: cluster.bootstrap, partitions: PARTITIONS }
  const writers: Writer[] = [
    new OwnWriter(kafka, { ...place, topic: 'ours' }),
    ...[...programs].map(([topic, start]) => start({ ...place, topic })),
  ]
  t.after(() => Promise.all(writers.map(writer => writer.kill())))
  await allGrow(writers)
  for (const id of kinds.keys()) {
    await makeController(cluster, kinds.length, id)
    await allGrow(writers)
    await cluster.broker(id).kill()
    await allGrow(writers)
    await cluster.start(id)
    await untilInSync(kafka, topics, kinds.length)
  }
  await Promise.all(writers.map(writer => writer.stop()))
  await untilInSync(kafka, topics, kinds.length)

  for (const writer of writers) await compare(kafka, writer, PARTITIONS)
  for (const topic of topics) await untilEqual(cluster, topic, kinds.length)
}

async function makeTopics(kafka: Kafka, topics: readonly string[]): Promise<void> {
  await using admin = kafka.admin()
  const shape = { numPartitions: PARTITIONS, replicationFactor: 3 }
  await admin.createTopics(topics.map(name => ({ name, ...shape })))
  await untilInSync(kafka, topics, 3)
}

/** The term of the present controller is ended while the others cannot take part in the election. */
async function makeController(cluster: Cluster, count: number, id: number): Promise<void> {
  const client = new ZooKeeperClient(nodeHost(), { servers: cluster.zookeeper.address })
  const controller = async (): Promise<number> => {
    const found = await client.getData('/controller').catch(() => undefined)
    return Number(/"brokerid":(\d+)/.exec(found?.data?.toString() ?? '')?.[1] ?? -1)
  }
  const others = Array.from({ length: count }, (_, other) => other).filter(other => other !== id)
  try {
    if ((await controller()) === id) return
    for (const other of others) cluster.broker(other).process.signal('SIGSTOP')
    await client.delete('/controller')
    await until(`broker ${id} controls`, async () => (await controller()) === id)
  } finally {
    for (const other of others) cluster.broker(other).process.signal('SIGCONT')
    await client.close()
  }
}

async function untilInSync(kafka: Kafka, topics: readonly string[], count: number): Promise<void> {
  await using admin = kafka.admin()
  await until(`${topics.join(', ')} in sync`, async () => {
    const found = await admin.describeTopics(topics)
    return topics.every(topic => {
      const described = found.get(topic)
      const partitions = described?.ok === true ? described.value.partitions : []
      return partitions.length === PARTITIONS && partitions.every(({ isr }) => isr.length === count)
    })
  })
}

/** The files of all replicas, once followers have what the leader has. */
async function untilEqual(cluster: Cluster, topic: string, count: number): Promise<void> {
  const endMs = Date.now() + DEADLINE_MS
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    while (true) {
      const logs = Array.from({ length: count }, (_, id) =>
        bytesOf(join(cluster.logDirOf(id), `${topic}-${partition}`)),
      )
      if (logs.every(bytes => bytes.equals(logs[0] ?? bytes))) break
      const heads = logs.map(bytes => Array.from(batchesIn(bytes), ({ info }) => info.baseOffset))
      const lengths = heads.map(offsets => offsets.length).join(', ')
      assert.ok(
        Date.now() < endMs,
        `replicas of ${topic}-${partition} have ${lengths} batches, or differ`,
      )
      await sleep(PAUSE_MS)
    }
  }
}
