/**
 * A disk that fails in a cluster takes what lies on it offline, and nothing else (KIP-112): others lead those
 * partitions, the broker's other disk goes on, and after a restart with a good disk all are in sync again.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unwrap, type Kafka } from '../../src/client/index.ts'
import type { DiskFault } from '../../src/sim/index.ts'
import { ZooKeeperConnection } from '../../src/znodes/index.ts'
import { CreateMode } from '../../src/zookeeper/index.ts'
import { startCluster, type TestCluster } from './test-cluster.ts'
import { untilSeen } from '../support/until.ts'

const topic = 'orders'
const PARTITIONS = 6
const PATIENCE_MS = 60_000
/** Whose first disk fails. */
const VICTIM = 1
const failing = `/logs-${VICTIM}/a`

async function partitionsOf(kafka: Kafka) {
  await using admin = kafka.admin()
  const found = (await admin.describeTopics([topic])).get(topic)
  assert.ok(found !== undefined)
  return unwrap(found).partitions
}

async function logDirsOf(kafka: Kafka, brokerId: number) {
  await using admin = kafka.admin()
  const described = (await admin.describeLogDirs([brokerId])).get(brokerId)
  assert.ok(described !== undefined)
  return unwrap(described)
}

/** Numbers of the topic's partitions in the directory that is about to fail. */
async function endangered(kafka: Kafka): Promise<Set<number>> {
  const dirs = await untilSeen(
    'the broker has made its logs',
    () => logDirsOf(kafka, VICTIM),
    found => found.flatMap(({ replicas }) => replicas).length >= PARTITIONS,
  )
  const dir = dirs.find(({ path }) => path === failing)
  const numbers = dir?.replicas.flatMap(one => (one.topic === topic ? [one.partition] : []))
  return new Set(numbers)
}

async function makeTopic(kafka: Kafka): Promise<void> {
  await using admin = kafka.admin()
  // All led by the one whose disk is to fail: others have to take over.
  const replicas = Array.from({ length: PARTITIONS }, () => [VICTIM, 0, 2] as const)
  await admin.createTopics([{ name: topic, replicaAssignments: new Map(replicas.entries()) }])
  await untilSeen(
    'all replicas of the new topic are in sync',
    () => partitionsOf(kafka),
    found => found.length === PARTITIONS && found.every(({ isr }) => isr.length === 3),
  )
}

async function outlive(cluster: TestCluster, fault: DiskFault): Promise<void> {
  await using kafka = cluster.client()
  await makeTopic(kafka)
  await using producer = kafka.producer({ acks: 'all', deliveryTimeoutMs: PATIENCE_MS })
  let sent = 0
  const send = async (): Promise<void> => {
    const one = (nth: number) =>
      producer.send({ topic, partition: nth % PARTITIONS, value: `value-${nth}` })
    await Promise.all(Array.from({ length: 30 }, (_, nth) => one(sent + nth)))
    sent += 30
  }
  await send()
  const lost = await endangered(kafka)
  assert.ok(lost.size > 0 && lost.size < PARTITIONS, `${lost.size} partitions on one of two disks`)

  cluster.faults.add({ path: new RegExp(`^${failing}/${topic}`), ...fault })
  await send()
  const seen = await untilSeen(
    'others lead what lay on the failed disk',
    () => {
      return send().then(() => partitionsOf(kafka))
    },
    found => found.every(({ partition, isr }) => isr.length === (lost.has(partition) ? 2 : 3)),
  )

  for (const { partition, leader, isr } of seen.filter(one => lost.has(one.partition))) {
    assert.ok(leader !== undefined && leader.id !== VICTIM, `${partition} has another leader`)
    assert.ok(isr.every(({ id }) => id !== VICTIM))
  }
  const dirs = await logDirsOf(kafka, VICTIM)
  const errors = dirs.map(({ path, error }) => [path, error?.code])
  assert.deepEqual(new Map(errors as [string, unknown][]), new Map([[failing, 'KAFKA_STORAGE_ERROR'], [`/logs-${VICTIM}/b`, undefined]])) // prettier-ignore

  cluster.faults.clear()
  await cluster.stop(VICTIM)
  await cluster.start(VICTIM)
  await untilSeen(
    'all replicas are in sync again',
    () => partitionsOf(kafka),
    found => found.every(({ isr }) => isr.length === 3),
  )
  await readAll(kafka, sent)
}

async function readAll(kafka: Kafka, count: number): Promise<void> {
  await using consumer = kafka.consumer({ groupId: 'readers', autoOffsetReset: 'earliest' })
  consumer.subscribe([topic])
  const values: string[] = []
  await untilSeen(
    'all records are read',
    async () => {
      for (const { value } of await consumer.poll(200)) values.push(String(value))
      return values.length
    },
    length => length >= count,
  )
  assert.equal(new Set(values).size, count)
}

const faults: Readonly<Record<string, DiskFault>> = {
  'writes fail': { code: 'EIO', operations: ['write'] },
  'cannot be read': { code: 'EIO', operations: ['read'] },
  'is full': { code: 'ENOSPC', operations: ['write'] },
  'has become read-only': { code: 'EROFS', operations: ['open for writing', 'write', 'rename'] },
  'cannot sync': { code: 'EIO', operations: ['sync'] },
}

for (const [what, fault] of Object.entries(faults)) {
  test(`one of two disks ${what}: others lead what lay there, and nothing acknowledged is lost`, async () => {
    const properties = { 'min.insync.replicas': '2', 'log.flush.interval.messages': '5' }
    await using cluster = await startCluster([0, 1, 2], properties)
    await outlive(cluster, fault)
  })
}

test('a notice that makes no sense is taken away, and keeps no other from being heard', async () => {
  await using cluster = await startCluster([0])
  const zk = await ZooKeeperConnection.open(cluster.host, {
    ...{ servers: '127.0.0.1:2181/kafka', sessionTimeoutMs: 6_000, connectTimeoutMs: 6_000 },
  })
  const notices = '/log_dir_event_notification'

  for (const data of ['no JSON', '{"version":1}', '{"version":1,"broker":0,"event":1}']) {
    await zk.create(`${notices}/log_dir_event_`, Buffer.from(data), CreateMode.PERSISTENT_SEQUENTIAL) // prettier-ignore
  }

  await untilSeen(
    'all notices are taken up',
    () => zk.children(notices),
    left => left.length === 0,
  )
  await zk.close()
})

test('a broker whose last disk fails halts, and others go on', async () => {
  await using cluster = await startCluster([0, 1, 2], { 'min.insync.replicas': '2' })
  await using kafka = cluster.client()
  await makeTopic(kafka)
  const victim = cluster.brokers.get(VICTIM)

  cluster.faults.add({ code: 'EIO', path: new RegExp(`^/logs-${VICTIM}/`) })
  await using producer = kafka.producer({ acks: 'all', deliveryTimeoutMs: PATIENCE_MS })
  for (let nth = 0; nth < 60; nth += 1) {
    await producer.send({ topic, partition: nth % PARTITIONS, value: `value-${nth}` })
  }

  await victim?.halted
  await untilSeen(
    'the others go on without it',
    () => partitionsOf(kafka),
    found => found.every(({ isr }) => isr.length === 2),
  )
})
