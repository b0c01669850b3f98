// @platformatic/kafka, which speaks only the newer version of each API.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const [bootstrap, topic, group, codecList] = process.argv.slice(2)
const require = createRequire(`${process.env.PEER_PACKAGES}/`)
const { Producer, Consumer, stringSerializers, stringDeserializers, MessagesStreamModes } =
  await import(pathToFileURL(require.resolve('@platformatic/kafka')))

const perCodec = 6
const committed = 5
const padding = 'x'.repeat(200)
const codecs = codecList.split(',')
const total = perCodec * codecs.length
const shared = { clientId: 'platformatic', bootstrapBrokers: [bootstrap], autocreateTopics: true }

for (const codec of codecs) {
  const producer = new Producer({ ...shared, serializers: stringSerializers, compression: codec })
  const messages = Array.from({ length: perCodec }, (_, i) => ({
    topic,
    key: `${codec}-${i}`,
    value: `value ${i} by ${codec}${padding}`,
    headers: { origin: 'platformatic' },
  }))
  await producer.send({ messages, acks: -1 })
  await producer.close()
}

async function read(count, groupId, mode, commits) {
  const consumer = new Consumer({ ...shared, groupId, deserializers: stringDeserializers })
  const stream = await consumer.consume({
    topics: [topic],
    mode,
    autocommit: false,
    maxWaitTime: 200,
  })
  const records = []
  const timer = setTimeout(
    () => stream.destroy(new Error(`only ${records.length} records`)),
    30_000,
  )
  for await (const message of stream) {
    const { offset, key, value, headers } = message
    records.push(`${offset} ${key} ${value} ${headers.get('origin')}`)
    if (records.length < count) continue
    if (commits) await message.commit()
    break
  }
  clearTimeout(timer)
  await stream.close()
  await consumer.close(true)
  return records
}

// It reads in groups only: a group of its own reads from the beginning.
const beginning = await read(total, `${group}-beginning`, MessagesStreamModes.EARLIEST, false)
const first = await read(committed, group, MessagesStreamModes.EARLIEST, true)
const resumed = await read(total - committed, group, MessagesStreamModes.COMMITTED, true)
console.log(JSON.stringify({ beginning, first, resumed }))
process.exit(0)
