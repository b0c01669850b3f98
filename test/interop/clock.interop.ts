/**
 * The wall clock of broker and coordination service jumps by an hour, forwards and back: no session and no
 * transaction ends of it, no group is shaken, nothing that is sent meanwhile is lost or out of order.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Kafka, type Consumer } from '../../src/client/index.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { libfaketime } from '../peers/debian.ts'
import { startSubject, temporaryFolder } from '../peers/subject.ts'
import { until } from '../support/until.ts'
import { OwnWriter } from './steady/writers.ts'

const TOPIC = 'timeless'
const PARTITIONS = 3
/** Records between two jumps. */
const SHARE = 300
/** Longer than any of them lasts here, and much shorter than a jump. */
const TIMEOUT_MS = 300_000
const jumps = ['+3600s', '+0', '-3600s', '+0']

test('the clock jumps by an hour, and nobody notices', async t => {
  const library = await peerOrSkip(t, libfaketime)
  if (library === undefined) return
  const clock = join(temporaryFolder('clock'), 'offset')
  writeFileSync(clock, '+0')
  const subject = await startSubject({
    env: {
      ...{ LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: '1' },
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
  })
  t.after(() => subject.dispose())
  await using kafka = new Kafka({ bootstrapServers: subject.bootstrap })
  const offsetHours = (): Promise<number> => brokerHours(kafka)
  await makeTopics(kafka)
  const writer = new OwnWriter(kafka, {
    ...{ bootstrap: subject.bootstrap, topic: TOPIC, partitions: PARTITIONS },
  })
  t.after(() => writer.kill())
  const reader = new Reader(kafka)
  await using producer = kafka.producer({
    ...{ transactionalId: 'patient', transactionTimeoutMs: TIMEOUT_MS },
  })
  await producer.initTransactions()
  producer.beginTransaction()
  await producer.send({ topic: TOPIC, partition: 0, value: 'begun before' })

  for (const jump of jumps) {
    writeFileSync(clock, jump)
    const hours = Math.round(Number.parseInt(jump) / 3600)
    await until(`the clock is ${jump}`, async () => (await offsetHours()) === hours)
    const wanted = writer.count + SHARE
    await until('records are acknowledged', () => writer.count >= wanted)
  }
  await producer.commitTransaction()
  await writer.stop()

  await until('everything is read', () => reader.count > writer.count)
  await reader.stop()
  assert.equal(reader.assignments, 1, 'the group was left in peace')
  for (const [partition, values] of writer.told) {
    const read = reader.values.get(partition) ?? []
    const sent = [...values].toSorted(([one], [other]) => one - other).map(([, value]) => value)
    assert.deepEqual(
      read.filter(value => value !== 'begun before'),
      sent,
    )
  }
  assert.ok(reader.values.get(0)?.includes('begun before'), 'the transaction could be committed')
})

async function makeTopics(kafka: Kafka): Promise<void> {
  await using admin = kafka.admin()
  await admin.createTopics([
    { name: TOPIC, numPartitions: PARTITIONS, replicationFactor: 1 },
    {
      ...{ name: 'clock', numPartitions: 1, replicationFactor: 1 },
      configs: { 'message.timestamp.type': 'LogAppendTime' },
    },
  ])
}

/** By how many hours the broker's clock differs from ours: it stamps a record. */
async function brokerHours(kafka: Kafka): Promise<number> {
  await using producer = kafka.producer({ lingerMs: 0 })
  const { timestamp } = await producer.send({ topic: 'clock', partition: 0, value: 'tick' })
  return Math.round((timestamp - Date.now()) / 3_600_000)
}

/** A member of a group that never stops to read. */
class Reader {
  readonly values = new Map<number, string[]>()
  count = 0
  assignments = 0
  readonly #consumer: Consumer
  readonly #work: Promise<void>

  constructor(kafka: Kafka) {
    this.#consumer = kafka.consumer({
      ...{ groupId: 'patient', autoOffsetReset: 'earliest', isolationLevel: 'read_committed' },
      sessionTimeoutMs: 10_000,
    })
    this.#consumer.subscribe([TOPIC], {
      onAssigned: () => {
        this.assignments += 1
      },
    })
    this.#work = this.#read()
  }

  async #read(): Promise<void> {
    for await (const { partition, value } of this.#consumer) {
      const values = this.values.get(partition) ?? []
      this.values.set(partition, values)
      values.push(value?.toString() ?? '')
      this.count += 1
    }
  }

  async stop(): Promise<void> {
    await this.#consumer.close()
    await this.#work
  }
}
