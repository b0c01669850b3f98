/** One broker or three and their ZooKeeper in this process, with what a page takes for granted. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBroker, type Broker } from '../../../src/broker/index.ts'
import { Kafka, unwrap } from '../../../src/client/index.ts'
import { BrokerConfig } from '../../../src/config/index.ts'
import { nodeHost } from '../../../src/host/node/index.ts'
import { startZooKeeperServer } from '../../../src/zookeeper/index.ts'
import { Members } from './members.ts'
import type { Addresses } from './replay.ts'

const PATIENCE_MS = 60_000

export interface PageCluster extends AsyncDisposable {
  readonly addresses: Addresses
  /** Consumers that run beside the commands. */
  readonly members: Members
  /** Stops broker 2 of three, and waits until everybody knows. */
  stopThird(): Promise<void>
}

/** `settings` over those of the recording: the stock server.properties of 3.9, or of 3.1 for the lab. */
export async function startPageCluster(
  settings: Readonly<Record<string, string>>,
  count: 1 | 3 = 1,
): Promise<PageCluster> {
  const root = mkdtempSync(join(tmpdir(), 'tools-'))
  const host = nodeHost()
  const zookeeper = await startZooKeeperServer(host, {
    dataDir: join(root, 'zookeeper'),
    clientPort: 0,
    clientPortAddress: '127.0.0.1',
  })
  const start = (id: number) => {
    const config = new BrokerConfig(
      new Map([
        ['broker.id', String(id)],
        ['zookeeper.connect', `127.0.0.1:${zookeeper.port}`],
        ['listeners', 'PLAINTEXT://localhost:0'],
        ['log.dirs', join(root, count === 1 ? 'logs' : `kafka-logs-${id}`)],
        ['group.initial.rebalance.delay.ms', '0'],
        ['offsets.topic.replication.factor', '1'],
        // All stop at once in the end, when nobody is left to take over.
        ['controlled.shutdown.max.retries', '1'],
        ...Object.entries(settings),
      ]),
    )
    return startBroker({ host, config })
  }
  const brokers: Broker[] = []
  for (let id = 0; id < count; id += 1) brokers.push(await start(id))
  const [broker = '', ...others] = brokers.map(
    ({ listeners }) => `localhost:${listeners[0]?.port ?? 0}`,
  )
  const addresses = {
    broker,
    others,
    zookeeper: `localhost:${zookeeper.port}`,
    folder: root,
  }
  const members = new Members(addresses)
  const stopThird = async (): Promise<void> => {
    await brokers[2]?.stop()
    await using admin = new Kafka({ bootstrapServers: addresses.broker }).admin()
    for (const endMs = Date.now() + PATIENCE_MS; ;) {
      const seen = (await admin.describeCluster()).brokers.map(({ id }) => id)
      if (!seen.includes(2)) return
      if (Date.now() > endMs) throw new Error(`broker 2 is stopped, and still seen: ${seen.join()}`)
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
  return {
    addresses,
    members,
    stopThird,
    async [Symbol.asyncDispose]() {
      await members.stop()
      await Promise.all(brokers.map(one => one.stop()))
      await zookeeper.close()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** Records at the end of a partition. */
export async function produceTo(
  { broker }: Addresses,
  topic: string,
  partition: number,
  count: number,
): Promise<void> {
  await using producer = new Kafka({ bootstrapServers: broker }).producer({ lingerMs: 0 })
  for (let nth = 0; nth < count; nth += 1) await producer.send({ topic, partition, value: 'more' })
}

/** What a recorded partition held: `[key, value, headers]`, or the value alone. */
export type Recorded =
  | string
  | readonly [key: string | null, value: string | null, headers?: Readonly<Record<string, string>>]

/** A topic with these records, by partition. */
export async function fillTopic(
  { broker }: Addresses,
  topic: string,
  partitions: readonly (readonly Recorded[])[],
): Promise<void> {
  const kafka = new Kafka({ bootstrapServers: broker })
  await using admin = kafka.admin()
  await admin.createTopics([
    { name: topic, numPartitions: partitions.length, replicationFactor: 1 },
  ])
  await using producer = kafka.producer({ lingerMs: 5 })
  for (const [partition, records] of partitions.entries()) {
    for (const record of records) {
      const [key, value, headers = {}] = typeof record === 'string' ? [null, record] : record
      const sent = Object.entries(headers).map(([name, text]) => ({ key: name, value: text }))
      void producer.send({ topic, partition, key, value, headers: sent })
    }
  }
  await producer.flush()
}

/** Topics that other pages had made meanwhile, with what is configured for them. */
export async function makeTopics(
  { broker }: Addresses,
  configsByName: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<void> {
  await using admin = new Kafka({ bootstrapServers: broker }).admin()
  await admin.createTopics(
    Object.entries(configsByName).map(([name, configs]) => ({
      name,
      numPartitions: 1,
      replicationFactor: 1,
      configs,
    })),
  )
}

/** Makes the topics of a list of `topic:partition:offset` that are not there, filled so far. */
export async function fillTo(addresses: Addresses, offsets: string): Promise<void> {
  const ends = new Map<string, number[]>()
  for (const line of offsets.split('\n').filter(text => text !== '')) {
    const [topic = '', partition = '', offset = ''] = line.split(':')
    const ofTopic = ends.get(topic) ?? []
    ofTopic[Number(partition)] = Number(offset)
    ends.set(topic, ofTopic)
  }
  // Kafka lets nobody else write to its own topics.
  const kafka = new Kafka({ bootstrapServers: addresses.broker, clientId: '__admin_client' })
  await using admin = kafka.admin()
  await using producer = kafka.producer({ lingerMs: 5 })
  for (const [name, counts] of ends) {
    const [made] = (
      await admin.createTopics([{ name, numPartitions: counts.length, replicationFactor: 1 }])
    ).values()
    if (made?.ok !== true) continue
    for (const [partition, count] of counts.entries()) {
      for (let nth = 0; nth < count; nth += 1) {
        await producer.ready()
        void producer.send({ topic: name, partition, value: '' })
      }
    }
  }
  await producer.flush()
}

/** A topic whose partitions hold so many records, the `latestAt`th of them the youngest. */
export async function makeTopic(
  { broker }: Addresses,
  name: string,
  partitions: readonly { readonly records: number; readonly latestAt?: number }[],
): Promise<void> {
  const kafka = new Kafka({ bootstrapServers: broker })
  await using admin = kafka.admin()
  await admin.createTopics([{ name, numPartitions: partitions.length, replicationFactor: 1 }])
  await using producer = kafka.producer({ lingerMs: 0 })
  const startMs = Date.now() - 60_000
  for (const [partition, { records, latestAt = records - 1 }] of partitions.entries()) {
    for (let offset = 0; offset < records; offset += 1) {
      const timestamp = startMs + (offset === latestAt ? 1_000 : offset)
      await producer.send({ topic: name, partition, value: `${offset}`, timestamp })
    }
  }
}

/** Leaves an empty log behind the offset of the last record. */
export async function deleteAll(
  { broker }: Addresses,
  topic: string,
  partitions: number,
): Promise<void> {
  await using admin = new Kafka({ bootstrapServers: broker }).admin()
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
  const outcomes = await admin.deleteRecords(all.map(place => ({ ...place, beforeOffset: -1 })))
  outcomes.forEach(unwrap)
}
