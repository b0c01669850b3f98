/** A broker's directories with something in every kind of file. */
import assert from 'node:assert/strict'
import { Kafka } from '../../../src/client/index.ts'
import type { Subject } from '../../peers/subject.ts'
import { TransactionalClient } from '../../transactions/client.ts'

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const RECORDS = 120

/** Topics with all codecs, a group with offsets, and transactions of which one is left open. */
export async function fillBroker({ bootstrap }: Subject): Promise<void> {
  const kafka = new Kafka({ bootstrapServers: bootstrap })
  await using admin = kafka.admin()
  const configs = { 'segment.bytes': '4000' }
  await admin.createTopics(
    ['orders', 'plain'].map(name => ({ name, numPartitions: 1, replicationFactor: 1, configs })),
  )
  for (const compressionType of CODECS) {
    await using producer = kafka.producer({ compressionType, lingerMs: 2 })
    for (let nth = 0; nth < RECORDS; nth += 1) {
      const headers = nth % 3 === 0 ? [{ key: 'h', value: `${nth}` }] : []
      void producer.send({
        topic: 'plain',
        partition: 0,
        key: `k${nth}`,
        value: `v${nth}`,
        headers,
      })
    }
    await producer.flush()
  }
  await commitOffsets(kafka)
  await runTransactions(Number(bootstrap.split(':')[1]))
}

async function commitOffsets(kafka: Kafka): Promise<void> {
  const consumer = kafka.consumer({ groupId: 'readers', enableAutoCommit: false })
  consumer.subscribe(['plain'])
  while (consumer.assignment().length === 0) await consumer.poll(200)
  await consumer.commit([
    { topic: 'plain', partition: 0, offset: 7, leaderEpoch: 0, metadata: 'm' },
  ])
  await consumer.close()
}

async function runTransactions(port: number): Promise<void> {
  await using client = await TransactionalClient.open(port, 'orders')
  for (let round = 0; round < 12; round += 1) {
    const producer = await client.begin(`tx-${round % 5}`)
    assert.equal(await client.addPartition(producer), 0)
    await client.produce(
      producer,
      Array.from({ length: 5 }, () => 'x'.repeat(100)),
    )
    const isCommitted = round % 3 !== 0
    if (round < 11) assert.equal(await client.end(producer, isCommitted), 0)
  }
}
