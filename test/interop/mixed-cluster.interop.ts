/**
 * One cluster of genuine Kafka and ours: every member leads, follows and controls the others. While
 * idempotent producers write, each member in turn is killed and started again; afterwards nothing that
 * was acknowledged is missing or there twice, and the replicas are equal, byte for byte.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, type Producer } from '../../src/client/index.ts'
import { batchesIn } from '../../src/records/index.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { startCluster, type Cluster } from '../peers/cluster.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { referenceVersion, type SubjectKind } from '../peers/subject.ts'

const TOPIC = 'mixed'
const PARTITIONS = 6
const DEADLINE_MS = 60_000
const PAUSE_MS = 100
/** Records between two faults. */
const SHARE = 300

const casts: Readonly<Record<string, readonly SubjectKind[]>> = {
  'one of ours beside two genuine brokers': ['genuine', 'genuine', 'tidelog'],
  'two of ours beside a genuine broker': ['tidelog', 'genuine', 'tidelog'],
}

for (const [name, kinds] of Object.entries(casts)) {
  test(`${name}: each is killed in turn`, async t => {
    const genuine = await peerOrSkip(t, () => genuineDistribution(referenceVersion))
    if (genuine === undefined) return
    const overrides = { 'min.insync.replicas': '2', 'replica.lag.time.max.ms': '3000' }
    const cluster = await startCluster({ kinds, zookeeperKind: 'genuine', overrides })
    t.after(() => cluster.dispose())
    await using kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
    await makeTopic(kafka)
    const acknowledged = new Acknowledged(kafka)
    await acknowledged.grow(SHARE)
    for (const id of kinds.keys()) {
      await cluster.broker(id).kill()
      await acknowledged.grow(SHARE)
      await cluster.start(id)
      await untilInSync(kafka, kinds.length)
      await acknowledged.grow(SHARE)
    }
    await acknowledged.stop()
    await untilInSync(kafka, kinds.length)

    await acknowledged.compareWith(kafka)
    await untilEqual(cluster, kinds.length)
  })
}

async function makeTopic(kafka: Kafka): Promise<void> {
  await using admin = kafka.admin()
  await admin.createTopics([{ name: TOPIC, numPartitions: PARTITIONS, replicationFactor: 3 }])
  await untilInSync(kafka, 3)
}

async function untilInSync(kafka: Kafka, count: number): Promise<void> {
  await using admin = kafka.admin()
  const endMs = Date.now() + DEADLINE_MS
  while (true) {
    const found = (await admin.describeTopics([TOPIC])).get(TOPIC)
    const seen = found?.ok === true ? found.value.partitions : []
    if (seen.length === PARTITIONS && seen.every(({ isr }) => isr.length === count)) return
    assert.ok(Date.now() < endMs, `not in sync: ${JSON.stringify(seen)}`)
    await sleep(PAUSE_MS)
  }
}

/** What a producer that never stops was told, and what is there in the end. */
class Acknowledged {
  readonly #producer: Producer
  /** By partition, what was acknowledged at which offset. */
  readonly #told = new Map<number, Map<number, number>>()
  readonly #work: Promise<void>
  #isOver = false
  #count = 0

  constructor(kafka: Kafka) {
    this.#producer = kafka.producer({ acks: 'all', deliveryTimeoutMs: DEADLINE_MS, lingerMs: 2 })
    this.#work = this.#write()
  }

  async #write(): Promise<void> {
    for (let number = 0; !this.#isOver; number += 10) {
      await Promise.all(Array.from({ length: 10 }, (_, place) => this.#send(number + place)))
    }
  }

  async #send(number: number): Promise<void> {
    const partition = number % PARTITIONS
    const { offset } = await this.#producer.send({
      ...{ topic: TOPIC, partition, value: String(number) },
    })
    const told = this.#told.get(partition) ?? new Map<number, number>()
    this.#told.set(partition, told.set(offset, number))
    this.#count += 1
  }

  /** Until so many records more were acknowledged. */
  async grow(count: number): Promise<void> {
    const wanted = this.#count + count
    const endMs = Date.now() + DEADLINE_MS
    while (this.#count < wanted) {
      assert.ok(Date.now() < endMs, `${this.#count} records acknowledged, not ${wanted}`)
      await Promise.race([sleep(PAUSE_MS), this.#work])
    }
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await this.#work
    await this.#producer.close()
  }

  async compareWith(kafka: Kafka): Promise<void> {
    const found = await readAll(kafka)
    for (const [partition, told] of this.#told) {
      const there = found.get(partition) ?? new Map<number, number>()
      for (const [offset, number] of told) assert.equal(there.get(offset), number, `${partition}-${offset}`) // prettier-ignore
      assert.equal(new Set(there.values()).size, there.size, `twice in partition ${partition}`)
    }
  }
}

async function readAll(kafka: Kafka): Promise<Map<number, Map<number, number>>> {
  await using admin = kafka.admin()
  await using consumer = kafka.consumer({ autoOffsetReset: 'earliest' })
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({
    topic: TOPIC,
    partition,
  }))
  const ends = await admin.listOffsets(partitions.map(partition => ({ ...partition, spec: 'latest' as const }))) // prettier-ignore
  consumer.assign(partitions)
  consumer.seekToBeginning(partitions)
  const found = new Map<number, Map<number, number>>()
  let missing = ends.reduce((sum, end) => sum + (end.ok ? end.value.offset : 0), 0)
  assert.ok(missing > 0)
  for await (const { partition, offset, value } of consumer) {
    const there = found.get(partition) ?? new Map<number, number>()
    found.set(partition, there.set(offset, Number(value?.toString())))
    if ((missing -= 1) === 0) break
  }
  return found
}

/** The files of all replicas, once followers have what the leader has. */
async function untilEqual(cluster: Cluster, count: number): Promise<void> {
  const endMs = Date.now() + DEADLINE_MS
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    while (true) {
      const logs = Array.from({ length: count }, (_, id) =>
        bytesOf(join(cluster.logDirOf(id), `${TOPIC}-${partition}`)),
      )
      if (logs.every(bytes => bytes.equals(logs[0] ?? bytes))) break
      const heads = logs.map(bytes => Array.from(batchesIn(bytes), ({ info }) => info.baseOffset))
      const lengths = heads.map(offsets => offsets.length).join(', ')
      assert.ok(Date.now() < endMs, `replicas of ${partition} have ${lengths} batches, or differ`)
      await sleep(PAUSE_MS)
    }
  }
}

const bytesOf = (directory: string): Buffer =>
  Buffer.concat(
    readdirSync(directory)
      .filter(name => name.endsWith('.log'))
      .sort()
      .map(name => readFileSync(join(directory, name))),
  )
