/**
 * Clusters of three real processes: records of acks=all outlive kill -9 of a leader and of the controller,
 * and every replica is in sync again after the restarts. On our ZooKeeper, on a genuine one, and with
 * genuine Kafka brokers as members.
 */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Kafka, unwrap, type TopicPartitionInfo } from '../../src/client/index.ts'
import { freePort } from '../peers/process.ts'
import {
  startBroker,
  startZooKeeper,
  temporaryFolder,
  type Server,
  type SubjectKind,
} from '../peers/subject.ts'

const topic = 'orders'
const LONGEST_MS = 60_000
const SESSION_MS = 6_000

interface Members {
  readonly zookeeper: SubjectKind
  readonly brokers: readonly SubjectKind[]
}

async function startCluster({ zookeeper: zookeeperKind, brokers: kinds }: Members) {
  const folder = temporaryFolder('cluster')
  const zookeeper = await startZooKeeper({
    ...{ kind: zookeeperKind, dataDir: join(folder, 'zookeeper') },
  })
  const ports = await Promise.all(kinds.map(() => freePort()))
  const servers = new Map<number, Server>()
  const start = async (id: number): Promise<void> => {
    const server = await startBroker({
      ...{ kind: kinds[id] ?? 'tidelog', zookeeper: zookeeper.address, brokerId: id },
      ...{ port: ports[id] ?? 0, logDirs: [join(folder, `logs-${id}`)] },
      overrides: {
        'zookeeper.session.timeout.ms': String(SESSION_MS),
        'min.insync.replicas': '2',
        'offsets.topic.replication.factor': '3',
      },
    })
    servers.set(id, server)
  }
  await Promise.all(kinds.map((_, id) => start(id)))
  const dispose = async (): Promise<void> => {
    for (const server of servers.values()) await server.kill()
    await zookeeper.kill()
    rmSync(folder, { recursive: true, force: true })
  }
  const bootstrapServers = ports.map(port => `127.0.0.1:${port}`).join(',')
  return { bootstrapServers, servers, start, dispose }
}

async function eventually<T>(look: () => Promise<T>, isFine: (found: T) => boolean): Promise<T> {
  const deadlineMs = Date.now() + LONGEST_MS
  for (;;) {
    const found = await look()
    if (isFine(found)) return found
    assert.ok(Date.now() < deadlineMs, `this did not change any more: ${JSON.stringify(found)}`)
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

async function describe(kafka: Kafka): Promise<readonly TopicPartitionInfo[]> {
  await using admin = kafka.admin()
  const found = (await admin.describeTopics([topic])).get(topic)
  assert.ok(found !== undefined)
  return unwrap(found).partitions
}

async function surviveKills(members: Members): Promise<void> {
  const { bootstrapServers, servers, start, dispose } = await startCluster(members)
  try {
    await using kafka = new Kafka({ bootstrapServers })
    await using admin = kafka.admin()
    unwrap(
      (await admin.createTopics([{ name: topic, numPartitions: 6, replicationFactor: 3 }])).get(
        topic,
      ) ?? assert.fail('no answer for the topic'),
    )
    await using producer = kafka.producer({ acks: 'all', deliveryTimeoutMs: LONGEST_MS })
    const sent = new Set<string>()
    const send = async (): Promise<void> => {
      const values = Array.from({ length: 60 }, (_, nth) => `value-${sent.size + nth}`)
      await Promise.all(
        values.map((value, nth) => producer.send({ topic, partition: nth % 6, value })),
      )
      for (const value of values) sent.add(value)
    }

    await send()
    const leader = (await describe(kafka))[0]?.leader?.id ?? -1
    const { controllerId = -1 } = await controllerOf(kafka)
    for (const victim of new Set([leader, controllerId, 0, 1, 2])) {
      await servers.get(victim)?.kill()
      await send()
      const others = await describe(kafka)
      assert.ok(others.every(partition => partition.leader?.id !== victim))
      await start(victim)
      await eventually(
        () => describe(kafka),
        partitions => partitions.every(({ isr }) => isr.length === 3),
      )
    }

    await outliveSession(members, servers.get(1))
    await send()
    await eventually(
      () => describe(kafka),
      partitions => partitions.every(({ isr }) => isr.length === 3),
    )

    await using consumer = kafka.consumer({ groupId: 'readers', autoOffsetReset: 'earliest' })
    consumer.subscribe([topic])
    const read = new Set<string>()
    await eventually(
      async () => {
        for (const { value } of await consumer.poll(500)) read.add(String(value))
        return read.size
      },
      count => count === sent.size,
    )
  } finally {
    await dispose()
  }
}

/** Held for longer than its session lives, a broker of ours is replaced, and comes again by itself. */
async function outliveSession({ brokers }: Members, server: Server | undefined): Promise<void> {
  if (brokers[1] !== 'tidelog') return
  if (server !== undefined) process.kill(server.process.pid, 'SIGSTOP')
  await new Promise(resolve => setTimeout(resolve, 2 * SESSION_MS))
  if (server !== undefined) process.kill(server.process.pid, 'SIGCONT')
}

async function controllerOf(kafka: Kafka): Promise<{ controllerId?: number }> {
  await using admin = kafka.admin()
  const { controller } = await admin.describeCluster()
  return controller === undefined ? {} : { controllerId: controller.id }
}

const clusters: Readonly<Record<string, Members>> = {
  'three of ours on our ZooKeeper': {
    zookeeper: 'tidelog',
    brokers: ['tidelog', 'tidelog', 'tidelog'],
  },
  'three of ours on a genuine ZooKeeper': {
    zookeeper: 'genuine',
    brokers: ['tidelog', 'tidelog', 'tidelog'],
  },
  'ours beside two genuine brokers': {
    zookeeper: 'genuine',
    brokers: ['tidelog', 'genuine', 'genuine'],
  },
}

for (const [name, members] of Object.entries(clusters)) {
  test(`${name}: kill -9 of each, and a pause longer than a session, lose nothing, and all are in sync again`, () =>
    surviveKills(members))
}
