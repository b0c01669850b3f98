/** Three brokers on one ZooKeeper: a topic of three replicas lives through the stop of each of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unwrap, type Kafka } from '../../src/client/index.ts'
import { startCluster } from './test-cluster.ts'

const topic = 'orders'

async function partitionsOf(kafka: Kafka) {
  await using admin = kafka.admin()
  const found = (await admin.describeTopics([topic])).get(topic)
  assert.ok(found !== undefined)
  return unwrap(found).partitions
}

/** Looks again and again: what is waited for comes over the wire. */
async function eventually<T>(look: () => Promise<T>, isFine: (found: T) => boolean): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    const found = await look()
    if (isFine(found)) return found
    assert.ok(attempt < 300, `this did not change any more: ${JSON.stringify(found)}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

test('three brokers hold a topic of three replicas through the stop of each, and lose nothing', async () => {
  await using cluster = await startCluster([0, 1, 2], { 'min.insync.replicas': '2' })
  await using kafka = cluster.client()
  await using admin = kafka.admin()
  await admin.createTopics([{ name: topic, numPartitions: 3, replicationFactor: 3 }])
  await using producer = kafka.producer({ acks: 'all' })
  let sent = 0
  const send = async (): Promise<void> => {
    for (let nth = 0; nth < 30; nth += 1) {
      await producer.send({ topic, partition: nth % 3, value: `value-${sent}` })
      sent += 1
    }
  }

  await send()
  for (const id of [0, 1, 2]) {
    await cluster.stop(id)
    const others = await eventually(
      () => partitionsOf(kafka),
      partitions => partitions.every(({ leader, isr }) => leader !== undefined && isr.length === 2),
    )
    assert.ok(others.every(({ leader }) => leader?.id !== id))
    await send()
    await cluster.start(id)
    await eventually(
      () => partitionsOf(kafka),
      partitions => partitions.every(({ isr }) => isr.length === 3),
    )
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

test('a transaction on partitions of several brokers ends on all of them', async () => {
  await using cluster = await startCluster([0, 1, 2])
  await using kafka = cluster.client()
  await using admin = kafka.admin()
  await admin.createTopics([{ name: topic, numPartitions: 6, replicationFactor: 3 }])
  const write = async (word: string, isKept: boolean): Promise<void> => {
    await kafka
      .transaction(
        async tx => {
          for (let partition = 0; partition < 6; partition += 1)
            await tx.send({ topic, partition, value: `${word}-${partition}` })
          if (!isKept) throw new Error('thought better of it')
        },
        { transactionalId: 'writer' },
      )
      .catch(() => undefined)
  }

  await write('kept', true)
  await write('dropped', false)
  await write('last', true)

  const isolationLevel = 'read_committed'
  await using consumer = kafka.consumer({
    ...{ groupId: 'committed', autoOffsetReset: 'earliest', isolationLevel },
  })
  consumer.subscribe([topic])
  const values: string[] = []
  await eventually(
    async () => {
      for (const record of await consumer.poll(200)) values.push(String(record.value))
      return values.length
    },
    count => count === 12,
  )
  assert.ok(values.every(value => !value.startsWith('dropped')))
})
