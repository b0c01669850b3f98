/** Names and numbers in requests about topics and configurations: none leaves log.dirs, none touches an object of ours. */
import { strict as assert } from 'node:assert'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ErrorCode } from '../../src/protocol/index.ts'
import { encodeRequest } from '../broker/raw-client.ts'
import { MetadataRequest } from '../../src/protocol/index.ts'
import { batchOf } from './batches.ts'
import { calls, createTopic, fetchFrom, produce, Victim } from './victim.ts'

const TOPIC = 2
const BROKER = 4

let folder: string
let victim: Victim
const ownProperties = (): string[] => Object.getOwnPropertyNames(Object.prototype)
const pristine = ownProperties()

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidelog-attacks-'))
  const directory = join(folder, 'deep', 'broker')
  mkdirSync(directory, { recursive: true })
  victim = await Victim.start({ directory })
})
after(async () => {
  await victim[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

/** Nothing lies beside the broker's own two folders, and no prototype has grown. */
function assertNothingEscaped(): void {
  assert.deepEqual(readdirSync(folder), ['deep'])
  assert.deepEqual(readdirSync(join(folder, 'deep')), ['broker'])
  assert.deepEqual(readdirSync(join(folder, 'deep', 'broker')).sort(), ['logs', 'zookeeper'])
  assert.deepEqual(ownProperties(), pristine)
}

const refusedNames: readonly (readonly [name: string, topic: string])[] = [
  ['with U+FFFD, which bad UTF-8 becomes', 'a\ufffdb'],
  ['with NUL', 'a\0b'],
  ['../x', '../x'],
  ['a/../../x', 'a/../../x'],
  ['/etc/x', '/etc/x'],
  ['.', '.'],
  ['..', '..'],
  ['of no character', ''],
  ['of 30,000 characters', 'n'.repeat(30_000)],
  ['of 250 characters', 'n'.repeat(250)],
  ['with line ends', 'a\r\nb'],
]
for (const [name, topic] of refusedNames) {
  test(`a topic name ${name} is refused, wherever it is used`, { timeout: 10_000 }, async () => {
    await using client = await victim.connect()

    const created = await createTopic(client, topic)
    const { topics } = await client.request(calls.metadata, 9, { topics: [{ name: topic }] })
    const { errorCode: written } = await produce(client, batchOf('x'), { topic })
    const { errorCode: read } = await fetchFrom(client, 0, { topic })

    assert.equal(created, ErrorCode.INVALID_TOPIC_EXCEPTION)
    assert.equal(topics[0]?.errorCode, ErrorCode.INVALID_TOPIC_EXCEPTION)
    const unknown = [ErrorCode.INVALID_TOPIC_EXCEPTION, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]
    assert.ok(
      unknown.some(code => code === written),
      `produce: ${written}`,
    )
    const gone = [...unknown, ErrorCode.UNKNOWN_TOPIC_ID]
    assert.ok(
      gone.some(code => code === read),
      `fetch: ${read}`,
    )
    assertNothingEscaped()
    await victim.assertServing()
  })
}

test('a topic name of bad UTF-8 is answered as an invalid name', async () => {
  await using client = await victim.connect()
  const frame = encodeRequest(MetadataRequest, 9, { topics: [{ name: 'QQQQ' }] })
  const at = frame.indexOf('QQQQ')
  Buffer.from('c328ff80', 'hex').copy(frame, at)

  client.send(frame)

  const { topics } = await client.response(calls.metadata, 9)
  assert.equal(topics[0]?.errorCode, ErrorCode.INVALID_TOPIC_EXCEPTION)
  assertNothingEscaped()
  await victim.assertServing()
})

for (const name of ['__proto__', 'constructor', 'hasOwnProperty', 'n'.repeat(249)]) {
  test(`${name.slice(0, 20)} is a topic like any other: its name is legal`, async () => {
    await using client = await victim.connect()

    const created = await createTopic(client, name, {
      configs: [{ name: 'retention.ms', value: '7' }],
    })
    const written = await produce(client, batchOf('precious'), { topic: name })
    const read = await fetchFrom(client, 0, { topic: name })

    assert.equal(created, ErrorCode.NONE)
    assert.equal(written.errorCode, ErrorCode.NONE)
    assert.ok(read.records?.includes('precious'))
    assert.ok(readdirSync(join(folder, 'deep/broker/logs')).includes(`${name}-0`))
    assertNothingEscaped()
    await victim.assertServing()
  })
}

test('partition -1 of a topic is not partition 1 of the topic whose name has a dash more', async () => {
  await using client = await victim.connect()
  await createTopic(client, 'dash')
  await createTopic(client, 'dash-', { numPartitions: 2 })

  const written = await produce(client, batchOf('astray'), { topic: 'dash', index: -1 })
  const read = await fetchFrom(client, 0, { topic: 'dash', partition: -1 })

  assert.equal(written.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  assert.equal(read.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  assert.equal((await fetchFrom(client, 0, { topic: 'dash-', partition: 1 })).highWatermark, 0)
  await victim.assertServing()
})

for (const count of [10 ** 9, 2 ** 31 - 1, -7, 0]) {
  test(`a topic of ${count} partitions is refused`, { timeout: 10_000 }, async () => {
    await using client = await victim.connect()

    const errorCode = await createTopic(client, 'many', { numPartitions: count })

    assert.equal(errorCode, ErrorCode.INVALID_PARTITIONS)
    await victim.assertServing()
  })
}

/** At the ends of a value NUL counts as a blank, as in Java. */
const configs: readonly (readonly [name: string, value: string])[] = [
  ['retention.ms', '1\u00002'],
  ['cleanup.policy', 'del\0ete'],
  ['compression.type', 'g\0zip'],
  ['leader.replication.throttled.replicas', '0:\u00001'],
  ['__proto__', 'x'],
  ['constructor', 'x'],
  ['toString', 'x'],
]
for (const [name, value] of configs) {
  const shown = JSON.stringify(`${name}=${value}`)
  test(`the configuration ${shown} is refused for a new topic and an old one`, async () => {
    await using client = await victim.connect()

    const created = await createTopic(client, 'configured', { configs: [{ name, value }] })
    const altered = await alter(client, TOPIC, 'witness', { name, value })

    assert.equal(created, ErrorCode.INVALID_CONFIG)
    assert.equal(altered, ErrorCode.INVALID_CONFIG)
    assertNothingEscaped()
    await victim.assertServing()
  })
}

for (const name of ['__proto__', 'constructor']) {
  test(`the configuration ${name} of a broker hurts nothing`, async () => {
    await using client = await victim.connect()

    const altered = await alter(client, BROKER, '0', { name, value: 'x' })

    assert.notEqual(altered, ErrorCode.UNKNOWN_SERVER_ERROR)
    assertNothingEscaped()
    await victim.assertServing()
  })
}

for (const name of ['../brokers/ids/0', '0/x', '<default>', '__proto__', '99999999999']) {
  test(`the configuration of a broker called ${name} cannot be changed`, async () => {
    await using client = await victim.connect()

    const altered = await alter(client, BROKER, name, { name: 'log.cleaner.threads', value: '1' })

    assert.equal(altered, ErrorCode.INVALID_REQUEST)
    await victim.assertServing()
  })
}

async function alter(
  client: Awaited<ReturnType<Victim['connect']>>,
  resourceType: number,
  resourceName: string,
  config: { name: string; value: string },
): Promise<number> {
  const { responses } = await client.request(calls.alterConfigs, 1, {
    resources: [{ resourceType, resourceName, configs: [{ ...config, configOperation: 0 }] }],
    validateOnly: false,
  })
  return responses[0]?.errorCode ?? -1
}

test('nobody but the coordinator writes __consumer_offsets', { timeout: 10_000 }, async () => {
  await using client = await victim.connect()

  const { errorCode } = await produce(client, batchOf('x'), { topic: '__consumer_offsets' })

  assert.equal(errorCode, ErrorCode.INVALID_TOPIC_EXCEPTION)
  await victim.assertServing()
})

test(
  'a part for an internal topic is refused alone: the other of its request has an answer of its own',
  {
    timeout: 10_000,
  },
  async () => {
    await using client = await victim.connect()
    const part = (name: string) => ({
      name,
      partitionData: [{ index: 0, records: batchOf('kept') }],
    })

    const { responses } = await client.request(calls.produce, 9, {
      acks: 1,
      timeoutMs: 1_000,
      topicData: [part('__consumer_offsets'), part('nowhere')],
    })

    assert.deepEqual(
      responses.map(({ partitionResponses }) => partitionResponses[0]?.errorCode),
      [ErrorCode.INVALID_TOPIC_EXCEPTION, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
    )
    await victim.assertServing()
  },
)
