// KafkaJS.
import { createRequire } from 'node:module'

const [bootstrap, topic, group, transactionalId] = process.argv.slice(2)
const require = createRequire(`${process.env.PEER_PACKAGES}/`)
const { Kafka, logLevel } = require('kafkajs')
const kafka = new Kafka({ clientId: 'kafkajs', brokers: [bootstrap], logLevel: logLevel.NOTHING })

async function begin() {
  const settings = { transactionalId, idempotent: true, maxInFlightRequests: 1 }
  const producer = kafka.producer({ ...settings, retry: { retries: 3 } })
  await producer.connect()
  return producer
}

const send = (transaction, ...values) =>
  transaction.send({ topic, acks: -1, messages: values.map(value => ({ value, partition: 0 })) })
const numbered = name => [0, 1, 2].map(number => `${name}-${number}`)

const admin = kafka.admin()
await admin.connect()
await admin.createTopics({
  topics: [{ topic, numPartitions: 1, replicationFactor: 1 }],
  waitForLeaders: true,
})

const zombie = await begin()
const first = await zombie.transaction()
await send(first, ...numbered('committed'))
await first.commit()
const second = await zombie.transaction()
await send(second, ...numbered('aborted'))
await second.abort()
const third = await zombie.transaction()
await send(third, 'consumed-0')
await third.sendOffsets({
  consumerGroupId: group,
  topics: [{ topic, partitions: [{ partition: 0, offset: '3' }] }],
})
await third.commit()

const open = await zombie.transaction()
await send(open, 'zombie-0')
const heir = await begin()
const last = await heir.transaction()
await send(last, 'heir-0')
await last.commit()
let fenced = false
try {
  await send(open, 'zombie-1')
  await open.commit()
} catch {
  fenced = true
}

const reader = kafka.consumer({ groupId: `${group}-reader`, readUncommitted: false })
await reader.connect()
await reader.subscribe({ topic, fromBeginning: true })
const read = []
await new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject(new Error(`only ${read}`)), 30_000)
  const eachMessage = async ({ message }) => {
    read.push(String(message.value))
    if (read.at(-1) !== 'heir-0') return
    clearTimeout(timer)
    resolve()
  }
  reader.run({ autoCommit: false, eachMessage }).catch(reject)
})
await reader.disconnect()
const [{ partitions }] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
await admin.disconnect()
await heir.disconnect()
console.log(JSON.stringify({ read, offset: Number(partitions[0].offset), fenced }))
process.exit(0)
