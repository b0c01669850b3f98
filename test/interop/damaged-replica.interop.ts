/**
 * A bit of a closed segment turns while its broker is stopped. Whoever asks, the replica never serves it, leads
 * with it no longer than it takes to find out, and fetches it again from the others: by a cluster of ours and
 * under a genuine controller, as a follower, and as the preferred leader that is asked to lead again.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, type Consumer } from '../../src/client/index.ts'
import { batchesIn } from '../../src/records/index.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { startCluster, type Cluster } from '../peers/cluster.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { referenceVersion, type SubjectKind } from '../peers/subject.ts'
import { until, untilSeen } from '../support/until.ts'

const TOPIC = 'rotten'
const COUNT = 400
const DEADLINE_MS = 60_000
const VICTIM = 1

const overrides = {
  'replica.lag.time.max.ms': '3000',
  'auto.leader.rebalance.enable': 'false',
  'min.insync.replicas': '2',
}

/** The controller is broker 0. */
const casts: Readonly<Record<string, readonly SubjectKind[]>> = {
  'our controller': ['tidelog', 'tidelog', 'tidelog'],
  'a genuine controller': ['genuine', 'tidelog', 'genuine'],
}

describe('a closed segment with a wrong bit', () => {
  for (const [name, kinds] of Object.entries(casts)) {
    test(`under ${name}: nobody reads it, it is not led with, and fetched again`, async t => {
      const genuine = await peerOrSkip(t, () => genuineDistribution(referenceVersion))
      if (genuine === undefined) return
      const cluster = await startCluster({ kinds, zookeeperKind: 'genuine', overrides })
      t.after(() => cluster.dispose())
      await using kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
      await fill(kafka)
      await cluster.broker(VICTIM).stop()
      turnBit(cluster)
      await cluster.start(VICTIM)
      await untilState(kafka, ({ isr }) => isr.length === 3)

      // It is the first of the replicas, and in sync as far as anybody knows.
      await preferFirst(kafka)
      await readAll(kafka)
      const state = await untilState(kafka, ({ isr }) => isr.length === 3)
      await untilEqual(cluster)
      await preferFirst(kafka)
      await readAll(kafka)

      assert.ok(state.leader !== undefined)
      const { stdout } = cluster.broker(VICTIM).process
      assert.match(stdout, /a log is damaged/)
    })
  }
})

async function fill(kafka: Kafka): Promise<void> {
  await using admin = kafka.admin()
  const configs = { 'segment.bytes': '20000' }
  await admin.createTopics([{ name: TOPIC, replicaAssignments: new Map([[0, [VICTIM, 0, 2]]]), configs }]) // prettier-ignore
  await using producer = kafka.producer({
    acks: 'all',
    lingerMs: 0,
    deliveryTimeoutMs: DEADLINE_MS,
  })
  for (let nth = 0; nth < COUNT; nth += 10) {
    await Promise.all(
      Array.from({ length: 10 }, (_, more) =>
        producer.send({ topic: TOPIC, partition: 0, value: valueOf(nth + more) }),
      ),
    )
  }
  await untilState(kafka, ({ isr }) => isr.length === 3)
}

const valueOf = (nth: number): string => `${nth} ${'v'.repeat(200)}`

/** In the records of the second batch of the first segment. */
function turnBit(cluster: Cluster): void {
  const directory = join(cluster.logDirOf(VICTIM), `${TOPIC}-0`)
  const segments = readdirSync(directory).filter(name => name.endsWith('.log'))
  assert.ok(segments.length > 2, `${segments.length} segments`)
  const file = join(directory, segments.sort()[0] ?? '')
  const bytes = readFileSync(file)
  const [, second] = batchesIn(bytes)
  const position = (second?.position ?? 0) + 100
  bytes.writeUInt8((bytes[position] ?? 0) ^ 4, position)
  writeFileSync(file, bytes)
}

async function stateOf(kafka: Kafka) {
  await using admin = kafka.admin()
  const found = (await admin.describeTopics([TOPIC])).get(TOPIC)
  return found?.ok === true ? found.value.partitions[0] : undefined
}

type State = NonNullable<Awaited<ReturnType<typeof stateOf>>>

async function untilState(kafka: Kafka, isFine: (state: State) => boolean): Promise<State> {
  const state = await untilSeen(
    'the partition is as it should be',
    () => stateOf(kafka),
    seen => seen !== undefined && isFine(seen),
  )
  assert.ok(state !== undefined)
  return state
}

async function preferFirst(kafka: Kafka): Promise<void> {
  await using admin = kafka.admin()
  const endMs = Date.now() + DEADLINE_MS
  while ((await stateOf(kafka))?.leader?.id !== VICTIM) {
    assert.ok(Date.now() < endMs, 'the first replica leads')
    await admin.electLeaders('PREFERRED', [{ topic: TOPIC, partition: 0 }])
    await sleep(100)
  }
}

/** Every record once, in order, and none that was not written. */
async function readAll(kafka: Kafka): Promise<void> {
  await using consumer = kafka.consumer({ autoOffsetReset: 'earliest' })
  const place = { topic: TOPIC, partition: 0 }
  consumer.assign([place])
  consumer.seekToBeginning([place])
  const found = await read(consumer)
  assert.deepEqual(
    found,
    Array.from({ length: COUNT }, (_, nth) => valueOf(nth)),
  )
}

async function read(consumer: Consumer): Promise<string[]> {
  const found: string[] = []
  const endMs = Date.now() + DEADLINE_MS
  while (found.length < COUNT) {
    assert.ok(Date.now() < endMs, `${found.length} of ${COUNT} records read`)
    for (const { value } of await consumer.poll(500)) found.push(String(value))
  }
  return found
}

async function untilEqual(cluster: Cluster): Promise<void> {
  await until('the replicas have the same bytes', () => {
    const [first, ...others] = [0, 1, 2].map(id => bytesOf(cluster, id))
    return first !== undefined && others.every(bytes => bytes.equals(first))
  })
}

function bytesOf(cluster: Cluster, id: number): Buffer {
  const directory = join(cluster.logDirOf(id), `${TOPIC}-0`)
  const names = readdirSync(directory).filter(name => name.endsWith('.log'))
  return Buffer.concat(names.sort().map(name => readFileSync(join(directory, name))))
}
