/** What `startCluster()` promises to users' tests, a test a verb, seen by clients over real sockets. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Kafka, type Producer, type TopicPartitionInfo } from '../../src/client/index.ts'
import { ApiVersionsRequest, ApiVersionsResponse, ErrorCode } from '../../src/protocol/index.ts'
import {
  startCluster,
  type StartClusterOptions,
  type TestCluster,
} from '../../src/testing/index.ts'
import { RawClient } from '../broker/raw-client.ts'

const topic = 'orders'
const PATIENCE_MS = 60_000
/** Longer than any of these tests: a session of this length does not end by itself. */
const ENDLESS_MS = '60000'
const quick = { 'zookeeper.session.timeout.ms': '1000', 'replica.lag.time.max.ms': '1000' }
const call = [ApiVersionsRequest, ApiVersionsResponse] as const
const allOfThem = [0, 1, 2]

/** Looks again and again: what is waited for comes over the wire. */
async function eventually<T>(look: () => Promise<T>, isFine: (found: T) => boolean): Promise<T> {
  const endMs = Date.now() + PATIENCE_MS
  for (;;) {
    const found = await look()
    if (isFine(found)) return found
    assert.ok(Date.now() < endMs, `this did not change any more: ${JSON.stringify(found)}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

/** A cluster with a topic on all of its brokers, and somebody who writes to it. */
class Scene implements AsyncDisposable {
  readonly cluster: TestCluster
  readonly kafka: Kafka
  readonly #producer: Producer
  readonly #values: string[] = []

  private constructor(cluster: TestCluster) {
    this.cluster = cluster
    // A silent broker is given up soon, and another one asked.
    const { bootstrapServers } = cluster
    this.kafka = new Kafka({ bootstrapServers, requestTimeoutMs: 1_000 })
    this.#producer = this.kafka.producer({ acks: 'all', deliveryTimeoutMs: PATIENCE_MS })
  }

  static async open(options: StartClusterOptions = {}): Promise<Scene> {
    const cluster = await startCluster({
      ...options,
      properties: { ...quick, 'min.insync.replicas': '2', ...options.properties },
    })
    const scene = new Scene(cluster)
    try {
      await using admin = scene.kafka.admin()
      await admin.createTopics([{ name: topic, numPartitions: 1, replicationFactor: 3 }])
      await scene.until(({ isr }) => isr.length === allOfThem.length)
      return scene
    } catch (error) {
      await scene[Symbol.asyncDispose]()
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#producer.close()
    await this.kafka.close()
    await this.cluster.stop()
  }

  /** Resolves when it is acknowledged. */
  async write(value: string): Promise<void> {
    this.#values.push(value)
    await this.#producer.send({ topic, partition: 0, value })
  }

  /** What brokers say of the partition, once that is what is waited for. */
  async until(isFine: (partition: TopicPartitionInfo) => boolean): Promise<TopicPartitionInfo> {
    await using admin = this.kafka.admin()
    const found = await eventually(
      async () => {
        const outcome = (await admin.describeTopics([topic])).get(topic)
        return outcome?.ok === true ? outcome.value.partitions[0] : undefined
      },
      partition => partition !== undefined && isFine(partition),
    )
    assert.ok(found !== undefined)
    return found
  }

  async leader(): Promise<number> {
    const { leader } = await this.until(partition => partition.leader !== undefined)
    return leader?.id ?? -1
  }

  async controller(): Promise<number> {
    await using admin = this.kafka.admin()
    const { controller } = await eventually(
      () => admin.describeCluster(),
      found => found.controller !== undefined,
    )
    return controller?.id ?? -1
  }

  async untilAllInSync(): Promise<void> {
    await this.until(({ isr }) => isr.length === allOfThem.length)
  }

  /** Everything that was written is there, once, in its order. */
  async assertComplete(): Promise<void> {
    await using consumer = this.kafka.consumer({ groupId: 'readers', autoOffsetReset: 'earliest' })
    consumer.subscribe([topic])
    const read: string[] = []
    await eventually(
      async () => {
        for (const { value } of await consumer.poll(200)) read.push(String(value))
        return read.length
      },
      count => count >= this.#values.length,
    )
    assert.deepEqual(read, this.#values)
  }

  connect(broker: number): Promise<RawClient> {
    return RawClient.open(this.cluster.ports[broker] ?? 0)
  }
}

// Most of the time they wait for a session to end.
describe('a cluster for tests', { concurrency: 4 }, () => {
  test('is whole when it is there: every broker serves, and knows all others', async () => {
    await using cluster = await startCluster({ brokers: 3 })

    for (const port of cluster.ports) {
      await using kafka = new Kafka({ bootstrapServers: `127.0.0.1:${port}` })
      await using admin = kafka.admin()
      const { brokers, clusterId } = await eventually(
        () => admin.describeCluster(),
        found => found.brokers.length === 3,
      )
      assert.deepEqual(brokers.map(({ port }) => port).sort(), [...cluster.ports].sort())
      assert.equal(clusterId, cluster.clusterId)
    }
  })

  test('a killed broker is replaced, and catches up when it is started again', async () => {
    await using scene = await Scene.open()
    const victim = await scene.leader()
    await scene.write('before')

    await scene.cluster.kill(victim)
    await scene.write('without it')
    const { leader, isr } = await scene.until(({ leader }) => leader?.id !== victim)
    await scene.cluster.restart(victim)
    await scene.untilAllInSync()
    await scene.write('with it')

    assert.notEqual(leader, undefined)
    assert.ok(!isr.some(({ id }) => id === victim))
    await scene.assertComplete()
  })

  test('a killed broker says no goodbye: it is missed only when its session ends', async () => {
    const properties = { 'zookeeper.session.timeout.ms': ENDLESS_MS }
    await using scene = await Scene.open({ properties })
    const victim = await scene.leader()
    await using connection = await scene.connect(victim)

    await scene.cluster.kill(victim)

    assert.ok(await connection.closes(), 'the system closes its connections')
    await assert.rejects(scene.connect(victim), { code: 'ECONNREFUSED' })
    assert.equal(await scene.leader(), victim, 'the others still take it for the leader')
    assert.throws(() => scene.cluster.pause(victim), /broker \d was killed: restart it first/)
  })

  test('a paused broker keeps its connections and answers nothing, until it goes on', async () => {
    await using scene = await Scene.open()
    const victim = await scene.leader()
    await using old = await scene.connect(victim)
    await old.request(call, 0, {})

    scene.cluster.pause(victim)
    let answers = 0
    const count = (): void => void (answers += 1)
    const late = old.request(call, 0, {})
    await using young = await scene.connect(victim)
    const first = young.request(call, 0, {})
    void Promise.all([late.then(count), first.then(count)]).catch(() => undefined)
    // Its session ends meanwhile.
    await scene.write('without it')
    await scene.until(({ leader }) => leader !== undefined && leader.id !== victim)

    assert.equal(answers, 0)
    assert.ok(!old.isClosed && !young.isClosed)
    scene.cluster.resume(victim)
    for (const answer of [late, first]) assert.equal((await answer).errorCode, ErrorCode.NONE)
    await scene.untilAllInSync()
    await scene.assertComplete()
  })

  test('a restart is an orderly one: others lead at once, whatever a session lasts', async () => {
    const properties = { 'zookeeper.session.timeout.ms': ENDLESS_MS }
    await using scene = await Scene.open({ properties })
    const { ports } = scene.cluster
    await scene.write('before')

    for (const broker of allOfThem) {
      await scene.cluster.restart(broker)
      await scene.untilAllInSync()
      await scene.write(`after the restart of ${broker}`)
    }

    assert.deepEqual(scene.cluster.ports, ports)
    await scene.assertComplete()
  })

  test('who is cut off from the others is replaced, and follows when the network heals', async () => {
    await using scene = await Scene.open()
    const lonely = await scene.leader()
    await scene.write('before')

    const others = allOfThem.filter(broker => broker !== lonely)
    scene.cluster.partition([lonely], [...others, 'zookeeper', 'clients'])
    await scene.write('without it')
    await scene.until(({ leader }) => leader !== undefined && leader.id !== lonely)
    scene.cluster.heal()
    await scene.untilAllInSync()
    await scene.write('with it')

    await scene.assertComplete()
  })

  test('a cut between brokers alone is noticed by the leader, which goes on without the other', async () => {
    await using scene = await Scene.open({
      properties: { 'zookeeper.session.timeout.ms': ENDLESS_MS },
    })
    // Without the controller no leader can leave anybody behind.
    const needed = [await scene.leader(), await scene.controller()]
    const lonely = allOfThem.find(broker => !needed.includes(broker)) ?? -1

    scene.cluster.partition(
      [lonely],
      allOfThem.filter(broker => broker !== lonely),
    )
    await scene.write('for two')
    const { isr } = await scene.until(({ isr }) => isr.length === 2)
    scene.cluster.heal()
    await scene.untilAllInSync()

    assert.ok(!isr.some(({ id }) => id === lonely))
    await scene.assertComplete()
  })

  test('what clients send through a cut arrives when it heals', async () => {
    await using cluster = await startCluster({ brokers: 1 })
    await using connection = await RawClient.open(cluster.ports[0] ?? 0)
    await connection.request(call, 0, {})

    cluster.partition(['clients'], [0])
    let isAnswered = false
    const answer = connection.request(call, 0, {})
    void answer.then(() => (isAnswered = true))
    await using other = await startCluster({ brokers: 1 })
    await using free = await RawClient.open(other.ports[0] ?? 0)
    await free.request(call, 0, {})

    assert.equal(isAnswered, false)
    cluster.heal()
    assert.equal((await answer).errorCode, ErrorCode.NONE)
  })

  test('a directory outlives the cluster in it', async t => {
    const directory = mkdtempSync(join(tmpdir(), 'tidelog-cluster-'))
    t.after(() => rmSync(directory, { recursive: true, force: true }))
    {
      await using cluster = await startCluster({ directory })
      await using kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers })
      await using admin = kafka.admin()
      await admin.createTopics([{ name: topic, numPartitions: 1, replicationFactor: 3 }])
      await using producer = kafka.producer({ acks: 'all', deliveryTimeoutMs: PATIENCE_MS })
      await producer.send({ topic, value: 'kept' })
      await cluster.kill(2)
      await cluster.restart(2)
    }

    await using cluster = await startCluster({ directory })
    await using kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers })
    await using consumer = kafka.consumer({ groupId: 'readers', autoOffsetReset: 'earliest' })
    consumer.subscribe([topic])
    const values = await eventually(
      () => consumer.poll(200),
      records => records.length > 0,
    )

    assert.deepEqual(
      values.map(({ value }) => String(value)),
      ['kept'],
    )
  })

  test('refuses what cannot be, by name', async () => {
    await assert.rejects(startCluster({ brokers: 10 }), /brokers must be from 1 to 9, got 10/)
    await using cluster = await startCluster({ brokers: 1 })

    await assert.rejects(cluster.kill(1), /there is no broker 1, only 0 to 0/)
    assert.throws(() => cluster.partition([0], [0, 'clients']), /0 cannot be on two sides/)
  })
})
