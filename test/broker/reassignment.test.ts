/** Partitions of three brokers are moved, moved back and led by others on request, while a producer writes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unwrap, type Kafka } from '../../src/client/index.ts'
import { ZooKeeperClient } from '../../src/zookeeper/index.ts'
import { startCluster, type TestCluster } from './test-cluster.ts'

const topic = 'orders'

/** Looks again and again: what is waited for comes over the wire. */
async function eventually<T>(look: () => Promise<T>, isFine: (found: T) => boolean): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    const found = await look()
    if (isFine(found)) return found
    assert.ok(attempt < 600, `this did not change any more: ${JSON.stringify(found)}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

async function partitionsOf(kafka: Kafka) {
  await using admin = kafka.admin()
  const found = (await admin.describeTopics([topic])).get(topic)
  assert.ok(found !== undefined)
  return unwrap(found).partitions.map(({ leader, replicas, isr }) => ({
    leader: leader?.id,
    replicas: replicas.map(({ id }) => id),
    isr: isr.map(({ id }) => id).sort(),
  }))
}

async function move(kafka: Kafka, replicas: readonly number[] | 'cancel', partitions = [0, 1]) {
  await using admin = kafka.admin()
  const changes = partitions.map(partition => ({ topic, partition, replicas }))
  return await admin.alterPartitionReassignments(changes)
}

async function untilMoved(kafka: Kafka): Promise<void> {
  await using admin = kafka.admin()
  await eventually(
    () => admin.listPartitionReassignments(),
    moving => moving.length === 0,
  )
}

const hasFiles = ({ host: { files } }: TestCluster, broker: number) =>
  files
    .list(`/logs-${broker}`)
    .some(directory => files.list(`/logs-${broker}/${directory}`).includes(`${topic}-0`))

const REQUESTS = '/admin/reassign_partitions'

function zooKeeperOf({ host }: TestCluster) {
  const servers = '127.0.0.1:2181/kafka'
  const client = new ZooKeeperClient(host, { servers, sessionTimeoutMs: 10_000 })
  return {
    create: (path: string, content: object) =>
      client.create(path, Buffer.from(JSON.stringify(content))),
    isThere: async (path: string) => (await client.exists(path)) !== null,
    [Symbol.asyncDispose]: () => client.close(),
  }
}

test('partitions go from one broker to two others and back, and no record is lost', async () => {
  await using cluster = await startCluster([0, 1, 2])
  await using kafka = cluster.client()
  await using admin = kafka.admin()
  const replicaAssignments = new Map([
    [0, [0]],
    [1, [0]],
  ])
  await admin.createTopics([{ name: topic, replicaAssignments }])
  await using producer = kafka.producer({ acks: 'all', lingerMs: 0 })
  let sent = 0
  const send = async (): Promise<void> => {
    for (let nth = 0; nth < 20; nth += 1) {
      await producer.send({ topic, partition: nth % 2, value: `value-${sent}` })
      sent += 1
    }
  }

  await send()
  for (const target of [[1, 2], [0]]) {
    const begun = await move(kafka, target)
    assert.ok(begun.every(({ ok }) => ok))
    await send()
    await untilMoved(kafka)
    await send()
    const found = await eventually(
      () => partitionsOf(kafka),
      partitions => partitions.every(({ isr }) => isr.length === target.length),
    )
    assert.ok(found.every(({ leader, replicas }) => leader === target[0] && replicas.length === target.length)) // prettier-ignore
    for (const id of [0, 1, 2]) {
      await eventually(
        () => Promise.resolve(hasFiles(cluster, id)),
        there => there === target.includes(id),
      )
    }
  }

  await using consumer = kafka.consumer({ groupId: 'readers', autoOffsetReset: 'earliest' })
  consumer.subscribe([topic])
  const values = new Set<string>()
  await eventually(
    async () => {
      for (const record of await consumer.poll(200)) values.add(String(record.value))
      return values.size
    },
    count => count === sent,
  )
})

test('a move to a broker that has stopped waits, is listed, is taken over by another controller, and can be cancelled', async () => {
  await using cluster = await startCluster([0, 1, 2])
  await using kafka = cluster.client()
  await using admin = kafka.admin()
  await admin.createTopics([{ name: topic, replicaAssignments: new Map([[0, [1]]]) }])
  await using zookeeper = zooKeeperOf(cluster)
  await cluster.stop(2)
  // By a znode, as old tools do it: the API refuses brokers that are not alive.
  const partitions = [{ topic, partition: 0, replicas: [2] }]
  await zookeeper.create(REQUESTS, { version: 1, partitions })
  const lists = { replicas: [2, 1], addingReplicas: [2], removingReplicas: [1] }
  const listed = () => admin.listPartitionReassignments()
  await eventually(listed, moving => moving.length === 1)
  const controller = (await admin.describeCluster()).controller?.id ?? -1

  await cluster.stop(controller)
  await cluster.start(controller)
  const after = await eventually(listed, moving => moving.length === 1)
  const [cancelled] = await move(kafka, 'cancel', [0])

  assert.deepEqual(after, [{ topic, partition: 0, ...lists }])
  assert.equal(cancelled?.ok, true)
  await untilMoved(kafka)
  const found = await eventually(
    () => partitionsOf(kafka),
    ([only]) => only?.leader === 1,
  )
  assert.deepEqual(found[0]?.replicas, [1])
  await eventually(
    () => zookeeper.isThere(REQUESTS),
    there => !there,
  )
})

test('a topic that is deleted while its replicas are on the move goes when they have moved', async () => {
  await using cluster = await startCluster([0, 1, 2])
  await using kafka = cluster.client()
  await using admin = kafka.admin()
  await admin.createTopics([{ name: topic, replicaAssignments: new Map([[0, [1]]]) }])
  await using zookeeper = zooKeeperOf(cluster)
  await cluster.stop(2)
  const partitions = [{ topic, partition: 0, replicas: [2] }]
  await zookeeper.create(REQUESTS, { version: 1, partitions })
  await eventually(
    () => admin.listPartitionReassignments(),
    moving => moving.length === 1,
  )

  await zookeeper.create(`/admin/delete_topics/${topic}`, {})
  const [refused] = await move(kafka, [1], [0])
  const before = await partitionsOf(kafka)
  await cluster.start(2)

  assert.ok(refused?.ok === false && refused.error.code === 'UNKNOWN_TOPIC_OR_PARTITION')
  assert.equal(before[0]?.leader, 1, 'it is served until then')
  await eventually(
    () => zookeeper.isThere(`/brokers/topics/${topic}`),
    there => !there,
  )
  assert.ok(!(await zookeeper.isThere(REQUESTS)))
})

test('what groups have committed, and transactions under way, move with their coordinators', async () => {
  const internal = { __consumer_offsets: 3, __transaction_state: 3 }
  const properties = {
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
  }
  await using cluster = await startCluster([0, 1, 2], properties)
  await using kafka = cluster.client()
  await using admin = kafka.admin()
  await admin.createTopics([{ name: topic, replicaAssignments: new Map([[0, [0]]]) }])
  const groupId = 'readers'
  const isolationLevel = 'read_committed'
  const write = (word: string, meanwhile: () => Promise<void> = () => Promise.resolve()) =>
    kafka.transaction(
      async tx => {
        await tx.send({ topic, partition: 0, value: word })
        await meanwhile()
      },
      { transactionalId: 'writer' },
    )
  const readOne = async (): Promise<string> => {
    await using consumer = kafka.consumer({ groupId, isolationLevel, autoOffsetReset: 'earliest' })
    consumer.subscribe([topic])
    const [first] = await eventually(
      () => consumer.poll(200),
      records => records.length > 0,
    )
    assert.ok(first !== undefined)
    await consumer.commit([{ topic, partition: 0, offset: first.offset + 1 }])
    return String(first.value)
  }
  const moveAll = async (target: number): Promise<void> => {
    const changes = Object.entries(internal).flatMap(([name, count]) =>
      Array.from({ length: count }, (_, partition) => ({
        ...{ topic: name, partition, replicas: [target] },
      })),
    )
    for (const begun of await admin.alterPartitionReassignments(changes)) unwrap(begun)
    await untilMoved(kafka)
  }

  await write('first')
  assert.equal(await readOne(), 'first')
  for (const target of [1, 2, 0]) {
    await write(`while it goes to ${target}`, () => moveAll(target))
    assert.equal(await readOne(), `while it goes to ${target}`)
  }
})

test('where leaders write their in-sync replicas themselves, moves end too', async () => {
  await using cluster = await startCluster([0, 1, 2], { 'inter.broker.protocol.version': '2.6' })
  await using kafka = cluster.client()
  await using admin = kafka.admin()
  await admin.createTopics([{ name: topic, replicaAssignments: new Map([[0, [0]]]) }])

  await move(kafka, [1, 2], [0])
  await untilMoved(kafka)

  const [only] = await eventually(
    () => partitionsOf(kafka),
    ([found]) => found?.leader === 1,
  )
  assert.deepEqual(
    [only?.replicas, only?.isr],
    [
      [1, 2],
      [1, 2],
    ],
  )
})

/** Broker 0 comes back to find another leading in its place. */
async function withLeadershipElsewhere(kafka: Kafka, cluster: TestCluster): Promise<void> {
  await using admin = kafka.admin()
  const replicas = [0, 1, 2]
  await admin.createTopics([{ name: topic, replicaAssignments: new Map([[0, replicas]]) }])
  await cluster.stop(0)
  await cluster.start(0)
  await eventually(
    () => partitionsOf(kafka),
    ([only]) => only?.isr.length === 3,
  )
}

const leads = (kafka: Kafka, id: number) =>
  eventually(
    () => partitionsOf(kafka),
    ([only]) => only?.leader === id,
  )

test('the first replica leads again when a tool asks for it, by the API or by a znode', async () => {
  await using cluster = await startCluster([0, 1, 2], { 'auto.leader.rebalance.enable': 'false' })
  await using kafka = cluster.client()
  await using admin = kafka.admin()
  await using zookeeper = zooKeeperOf(cluster)
  await withLeadershipElsewhere(kafka, cluster)
  assert.notEqual((await partitionsOf(kafka))[0]?.leader, 0)

  const elected = await admin.electLeaders('PREFERRED', 'all')
  await leads(kafka, 0)
  const again = await admin.electLeaders('PREFERRED', [{ topic, partition: 0 }])
  await cluster.stop(0)
  await cluster.start(0)
  await eventually(
    () => partitionsOf(kafka),
    ([only]) => only?.isr.length === 3,
  )
  const partitions = [{ topic, partition: 0 }]
  await zookeeper.create('/admin/preferred_replica_election', { version: 1, partitions })
  await leads(kafka, 0)

  assert.deepEqual(
    elected.map(({ ok }) => ok),
    [true],
  )
  assert.deepEqual(
    again.flatMap(one => (one.ok ? [] : [one.error.code])),
    ['ELECTION_NOT_NEEDED'],
  )
  await eventually(
    () => zookeeper.isThere('/admin/preferred_replica_election'),
    there => !there,
  )
})

test('leadership goes back by itself where it is to', async () => {
  const properties = { 'leader.imbalance.check.interval.seconds': '1' }
  await using cluster = await startCluster([0, 1, 2], properties)
  await using kafka = cluster.client()
  await withLeadershipElsewhere(kafka, cluster)

  await leads(kafka, 0)
})
