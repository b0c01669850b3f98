/** What a broker does whose session with ZooKeeper is lost, or whose ZooKeeper is gone: in virtual time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBroker, type Broker } from '../../src/broker/index.ts'
import { Kafka, unwrap } from '../../src/client/index.ts'
import { BrokerConfig } from '../../src/config/index.ts'
import { World } from '../zookeeper/world.ts'

const TOPIC = 'orders'

const properties = {
  'broker.id': '0',
  listeners: 'PLAINTEXT://broker:9092',
  'log.dirs': '/logs',
  'zookeeper.connect': 'server:2181',
  'zookeeper.session.timeout.ms': '6000',
}

class Lonely {
  readonly world = new World(1, { tickTimeMs: 1_000 })
  readonly #kafka: Kafka
  broker: Broker | undefined

  constructor() {
    this.#kafka = new Kafka({ bootstrapServers: 'broker:9092', host: this.world.bootClient() })
  }

  async start(): Promise<Broker> {
    await this.world.start()
    this.broker = await this.world.resolve(
      startBroker({
        host: this.world.simulation.addHost('broker').boot(),
        config: new BrokerConfig(new Map(Object.entries(properties))),
      }),
    )
    return this.broker
  }

  async createTopic(): Promise<void> {
    const made = await this.#kafka.admin().createTopics([{ name: TOPIC, numPartitions: 1 }])
    for (const each of made.values()) unwrap(each)
  }

  async send(value: string): Promise<number> {
    const producer = this.#kafka.producer({ lingerMs: 0 })
    const { offset } = await producer.send({ topic: TOPIC, value })
    await producer.close()
    return offset
  }

  /** The zxid of its registration, and its session. */
  async registration(): Promise<readonly bigint[]> {
    const stat = await this.world.client().exists('/brokers/ids/0')
    return stat === null ? [] : [stat.czxid, stat.ephemeralOwner]
  }

  cutFromZooKeeper(): void {
    this.world.simulation.network.isolate('server')
    this.world.simulation.network.breakConnections('broker', 'server')
  }
}

test('a broker that lost its session registers anew, and leads again', async () => {
  const lonely = new Lonely()
  const { world } = lonely
  await lonely.start()
  await world.resolve(lonely.createTopic())
  const first = await world.resolve(lonely.send('before'))
  const [epoch = 0n, session] = await world.resolve(lonely.registration())

  lonely.cutFromZooKeeper()
  await world.runFor(20_000)
  world.simulation.network.heal()
  await world.runFor(5_000)
  const second = await world.resolve(lonely.send('after'))

  const [newEpoch = 0n, newSession] = await world.resolve(lonely.registration())
  assert.deepEqual([first, second], [0, 1])
  assert.notEqual(newSession, session)
  assert.ok(newEpoch > epoch)
})

test('a broker stops while its ZooKeeper is gone, though its controller waits for an answer', async () => {
  const lonely = new Lonely()
  const { world } = lonely
  const broker = await lonely.start()
  const watcher = (): void => lonely.cutFromZooKeeper()
  await world.resolve(world.client().getChildren('/brokers/topics', { watcher }))
  lonely.createTopic().catch(() => undefined)
  await world.runFor(2_000)

  await world.resolve(broker.stop(), 15_000)
})
