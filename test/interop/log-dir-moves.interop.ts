/**
 * Moves between the log directories of a broker, ours and genuine: both answer alike, and what one was killed
 * over the other brings to its end, with the folders and files that are there.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Kafka, unwrap } from '../../src/client/index.ts'
import {
  AlterReplicaLogDirsRequest,
  AlterReplicaLogDirsResponse,
  errorName,
} from '../../src/protocol/index.ts'
import { RawClient } from '../broker/raw-client.ts'
import { peerOrSkip, projectRoot } from '../peers/cache.ts'
import { startCluster, type Cluster } from '../peers/cluster.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { run } from '../peers/process.ts'
import { referenceVersion, untilSessionsExpire, type SubjectKind } from '../peers/subject.ts'
import { untilSeen } from '../support/until.ts'

const TOPIC = 'moved'
const COUNT = 2_000
const DEADLINE_MS = 60_000
const RATE = 'replica.alter.log.dirs.io.max.bytes.per.second'

/** Who begins, and who goes on after a kill -9. */
const relays: readonly (readonly [SubjectKind, SubjectKind])[] = [
  ['tidelog', 'tidelog'],
  ['tidelog', 'genuine'],
  ['genuine', 'tidelog'],
]

describe('a move between log directories', () => {
  for (const [first, second] of relays) {
    test(`begun by ${first}, killed, ended by ${second}`, async t => {
      const genuine = await peerOrSkip(t, () => genuineDistribution(referenceVersion))
      if (genuine === undefined) return
      const overrides = {
        'offsets.topic.replication.factor': '1',
        'replica.fetch.max.bytes': '50000',
        'log.segment.delete.delay.ms': '1000',
      }
      const cluster = await startCluster({
        ...{ kinds: [first], zookeeperKind: 'genuine', logDirCount: 2, overrides },
      })
      t.after(() => cluster.dispose())
      await moveAndKill(cluster)
      await untilSessionsExpire(cluster.zookeeper.address)
      await cluster.start(0, second)
      await goOn(cluster)
      await cluster.broker(0).stop()
      await cluster.start(0, first)
      await readAll(cluster)
    })
  }

  test('is begun and watched by kafka-reassign-partitions, ours and the genuine one alike', async t => {
    const genuine = await peerOrSkip(t, () => genuineDistribution(referenceVersion))
    if (genuine === undefined) return
    const cluster = await startCluster({ kinds: ['tidelog'], logDirCount: 2 })
    t.after(() => cluster.dispose())
    await using kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
    await makeTopic(kafka, TOPIC)
    await produce(kafka, 0, COUNT)

    const told: string[] = []
    for (const bin of [join(projectRoot, 'bin'), join(genuine, 'bin')]) {
      told.push(await reassign(bin, cluster, otherThan(cluster, await dirOf(kafka, TOPIC))))
    }

    assert.match(told[0] ?? '', /Successfully started moving log directory to DIR for replica moved-0 with broker 0/) // prettier-ignore
    assert.equal(told[0], told[1])
  })

  test('is answered by both brokers alike', async t => {
    const genuine = await peerOrSkip(t, () => genuineDistribution(referenceVersion))
    if (genuine === undefined) return
    const answers = await Promise.all(
      (['tidelog', 'genuine'] as const).map(async kind => {
        const cluster = await startCluster({ kinds: [kind], zookeeperKind: kind, logDirCount: 2 })
        try {
          return await answersOf(cluster)
        } finally {
          await cluster.dispose()
        }
      }),
    )

    assert.deepEqual(answers[0], answers[1])
    assert.deepEqual(answers[0], {
      'a directory that is none': 'LOG_DIR_NOT_FOUND',
      'a topic that is none': 'UNKNOWN_TOPIC_OR_PARTITION',
      'a name too long': 'INVALID_TOPIC_EXCEPTION',
      'where it is': 'NONE',
      'where it is not': 'NONE',
      'made there': true,
    })
  })
})

async function answersOf(cluster: Cluster) {
  await using kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
  await makeTopic(kafka, TOPIC)
  const here = await dirOf(kafka, TOPIC)
  const ask = (topic: string, path: string) => alter(cluster, topic, path)
  const answers = {
    'a directory that is none': await ask(TOPIC, '/nowhere'),
    'a topic that is none': await ask('later', cluster.logDirOf(0, 1)),
    'a name too long': await ask('x'.repeat(249), cluster.logDirOf(0)),
    'where it is': await ask(TOPIC, here),
    'where it is not': await ask(TOPIC, otherThan(cluster, here)),
  }
  await makeTopic(kafka, 'later')
  return { ...answers, 'made there': (await dirOf(kafka, 'later')) === cluster.logDirOf(0, 1) } // prettier-ignore
}

/** Moves the partition by a plan. @returns what the tool says, without the directories */
async function reassign(bin: string, cluster: Cluster, path: string): Promise<string> {
  const plan = `${cluster.logDirOf(0)}-plan.json`
  const partitions = [{ topic: TOPIC, partition: 0, replicas: [0], log_dirs: [path] }]
  writeFileSync(plan, JSON.stringify({ version: 1, partitions }))
  const script = join(bin, 'kafka-reassign-partitions.sh')
  const about = ['--bootstrap-server', cluster.bootstrap, '--reassignment-json-file', plan]
  const limit = ['--replica-alter-log-dirs-throttle', '50000000']
  const begun = await run(script, [...about, '--execute', ...limit])
  assert.equal(begun.exitCode, 0, begun.stderr)
  const done = await untilSeen(
    'the move is done',
    () => run(script, [...about, '--verify']),
    ({ stdout }) => stdout.includes('completed successfully'),
  )
  const all = begun.stdout + done.stdout
  return all.replaceAll(/\/[^\s",]*kafka-logs-0(-1)?/g, 'DIR')
}

async function alter(cluster: Cluster, topic: string, path: string): Promise<string> {
  const port = Number(cluster.broker(0).address.split(':')[1])
  await using client = await RawClient.open(port)
  const call = [AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse] as const
  const { results } = await client.request(call, 2, {
    dirs: [{ path, topics: [{ name: topic, partitions: [0] }] }],
  })
  const [one] = results
  assert.equal(one?.topicName, topic)
  assert.equal(one.partitions.length, 1)
  return errorName(one.partitions[0]?.errorCode ?? -1)
}

const otherThan = (cluster: Cluster, path: string): string =>
  cluster.logDirOf(0, path === cluster.logDirOf(0) ? 1 : 0)

async function makeTopic(kafka: Kafka, name: string): Promise<void> {
  await using admin = kafka.admin()
  const configs = { 'segment.bytes': '300000' }
  await admin.createTopics([{ name, numPartitions: 1, replicationFactor: 1, configs }])
}

interface Standing {
  readonly path: string
  readonly isFuture: boolean
  readonly offsetLag: number
}

async function standingsOf(kafka: Kafka, topic: string): Promise<Standing[]> {
  await using admin = kafka.admin()
  const described = (await admin.describeLogDirs([0])).get(0)
  const dirs = described === undefined ? [] : unwrap(described)
  return dirs.flatMap(({ path, replicas }) =>
    replicas.flatMap(one => (one.topic === topic ? [{ ...one, path }] : [])),
  )
}

async function dirOf(kafka: Kafka, topic: string): Promise<string> {
  const [found] = await untilSeen(
    'the replica lies in one directory',
    () => standingsOf(kafka, topic),
    standings => standings.length === 1,
  )
  return found?.path ?? ''
}

async function setRate(kafka: Kafka, value: string | null): Promise<void> {
  await using admin = kafka.admin()
  const [outcome] = await admin.incrementalAlterConfigs([
    {
      resource: { type: 'BROKER', name: '0' },
      ops: [value === null ? { op: 'DELETE', name: RATE } : { op: 'SET', name: RATE, value }],
    },
  ])
  assert.equal(outcome?.ok, true, JSON.stringify(outcome))
}

/** Killed while the copy has a part of the records. */
async function moveAndKill(cluster: Cluster): Promise<void> {
  await using kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
  await makeTopic(kafka, TOPIC)
  await produce(kafka, 0, COUNT)
  await setRate(kafka, '100000')
  const here = await dirOf(kafka, TOPIC)
  const there = otherThan(cluster, here)
  assert.equal(await alter(cluster, TOPIC, there), 'NONE')
  const [copy] = await untilSeen(
    'the copy has a part of the records',
    async () => (await standingsOf(kafka, TOPIC)).filter(({ isFuture }) => isFuture),
    ([future]) => future !== undefined && future.offsetLag > 0 && future.offsetLag < COUNT,
  )
  assert.equal(copy?.path, there)
  const names = readdirSync(there).filter(name => name.startsWith(TOPIC))
  assert.match(names.join(','), /^moved-0\.[0-9a-f]{32}-future$/)
  await cluster.broker(0).kill()
}

async function goOn(cluster: Cluster): Promise<void> {
  await using kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
  const standings = await untilSeen(
    'the copy is there after the restart',
    () => standingsOf(kafka, TOPIC),
    found => found.length === 2,
  )
  const there = standings.find(({ isFuture }) => isFuture)?.path
  await produce(kafka, COUNT, 100)
  await setRate(kafka, null)
  const [left] = await untilSeen(
    'the copy has taken the place of the replica',
    () => standingsOf(kafka, TOPIC),
    found => found.length === 1,
  )
  assert.deepEqual([left?.path, left?.isFuture], [there, false])
  assert.deepEqual(readdirSync(there ?? '').filter(name => name.startsWith(TOPIC)), ['moved-0']) // prettier-ignore
  await untilSeen(
    'what the replica was is removed',
    async () => readdirSync(otherThan(cluster, there ?? '')).filter(name => name.startsWith(TOPIC)),
    names => names.length === 0,
  )
  assert.ok(readFileSync(join(there ?? '', 'moved-0', 'partition.metadata')).length > 0)
  await readAll(cluster)
}

async function produce(kafka: Kafka, first: number, count: number): Promise<void> {
  await using producer = kafka.producer({ acks: 'all', deliveryTimeoutMs: DEADLINE_MS })
  await Promise.all(
    Array.from({ length: count }, (_, nth) =>
      producer.send({ topic: TOPIC, partition: 0, value: `${first + nth} ${'x'.repeat(500)}` }),
    ),
  )
}

async function readAll(cluster: Cluster): Promise<void> {
  await using kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
  await using consumer = kafka.consumer({ autoOffsetReset: 'earliest' })
  const all = [{ topic: TOPIC, partition: 0 }]
  consumer.assign(all)
  consumer.seekToBeginning(all)
  const found: number[] = []
  const endMs = Date.now() + DEADLINE_MS
  while (found.length < COUNT + 100) {
    assert.ok(Date.now() < endMs, `${found.length} records found`)
    for (const { value } of await consumer.poll(500)) found.push(Number.parseInt(String(value), 10))
  }
  assert.deepEqual(
    found,
    Array.from({ length: COUNT + 100 }, (_, nth) => nth),
  )
}
