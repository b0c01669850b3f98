// KafkaJS. It brings gzip; the other codecs are plug-ins of their own.
import { createRequire } from 'node:module'

const [bootstrap, topic, group, codecList] = process.argv.slice(2)
const require = createRequire(`${process.env.PEER_PACKAGES}/`)
const { Kafka, CompressionTypes, CompressionCodecs, logLevel } = require('kafkajs')
CompressionCodecs[CompressionTypes.Snappy] = require('kafkajs-snappy')

const perCodec = 6
const committed = 5
const padding = 'x'.repeat(200)
const codecs = codecList.split(',')
const total = perCodec * codecs.length
const types = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
}
const kafka = new Kafka({ clientId: 'kafkajs', brokers: [bootstrap], logLevel: logLevel.ERROR })

for (const codec of codecs) {
  const producer = kafka.producer()
  await producer.connect()
  const messages = Array.from({ length: perCodec }, (_, i) => ({
    key: `${codec}-${i}`,
    value: `value ${i} by ${codec}${padding}`,
    headers: { origin: 'kafkajs' },
  }))
  await producer.send({ topic, acks: -1, compression: types[codec], messages })
  await producer.disconnect()
}

async function read(count, groupId, commits) {
  const consumer = kafka.consumer({ groupId })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const records = []
  await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`only ${records.length} records`)), 30_000)
    consumer.on(consumer.events.CRASH, event => reject(event.payload.error))
    const eachMessage = async ({ partition, message }) => {
      if (records.length === count) return
      const { offset, key, value, headers } = message
      records.push(`${offset} ${key} ${value} ${headers.origin}`)
      if (records.length < count) return
      if (commits) {
        await consumer.commitOffsets([{ topic, partition, offset: String(Number(offset) + 1) }])
      }
      clearTimeout(timer)
      resolve()
    }
    consumer.run({ autoCommit: false, eachMessage }).catch(reject)
  })
  await consumer.disconnect()
  return records
}

// KafkaJS reads in groups only: a group of its own reads from the beginning.
const beginning = await read(total, `${group}-beginning`, false)
const first = await read(committed, group, true)
const resumed = await read(total - committed, group, true)
console.log(JSON.stringify({ beginning, first, resumed }))
