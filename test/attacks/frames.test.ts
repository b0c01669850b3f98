/** Bytes that are no request: the connection ends, or is told, and nobody else notices. */
import { strict as assert } from 'node:assert'
import { after, before, test } from 'node:test'
import { Reader, Writer } from '../../src/bytes/index.ts'
import * as P from '../../src/protocol/index.ts'
import { encodeRequest } from '../broker/raw-client.ts'
import { calls, Victim } from './victim.ts'

let victim: Victim
before(async () => {
  victim = await Victim.start()
})
after(() => victim[Symbol.asyncDispose]())

const MIB = 1024 * 1024
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const framed = (body: Buffer): Buffer => Buffer.concat([int32(body.length), body])
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

/** Key, version and correlation id of a request; then what is given. */
function request(apiKey: number, version: number, rest: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeInt16BE(apiKey, 0)
  head.writeInt16BE(version, 2)
  head.writeInt32BE(7, 4)
  return framed(Buffer.concat([head, rest]))
}
const NO_CLIENT_ID = hex('ffff')
const METADATA = 3

/** The end of a flexible Metadata request from its topics on, after a header with `tags`. */
const flexible = (tags: string, body = ''): Buffer =>
  request(METADATA, 12, Buffer.concat([NO_CLIENT_ID, hex(tags), hex(body)]))
const withTopicCount = (count: number): Buffer =>
  request(METADATA, 1, Buffer.concat([NO_CLIENT_ID, int32(count)]))

const HUGE_VARINT = 'ffffffff07'

const endings: readonly (readonly [name: string, bytes: Buffer])[] = [
  ['frame size -1', int32(-1)],
  ['frame size -2^31', int32(-(2 ** 31))],
  ['frame size 2^31-1', int32(2 ** 31 - 1)],
  ['frame size one over socket.request.max.bytes', int32(100 * MIB + 1)],
  ['frame size 0', int32(0)],
  ['frame size 1', framed(hex('00'))],
  ['a frame that ends in the header', framed(hex('0003 0001 00'))],
  ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: broker\r\n\r\n')],
  ['a TLS hello', hex('16030102000100')],
  ['API key -1', request(-1, 0, NO_CLIENT_ID)],
  ['API key 999', request(999, 0, NO_CLIENT_ID)],
  ['API key 32767', request(32767, 0, NO_CLIENT_ID)],
  ['Metadata version 99', request(METADATA, 99, hex('ffff00 00'))],
  ['Metadata version -1', request(METADATA, -1, hex('ffff00000000'))],
  ['LeaderAndIsr from a client', request(4, 7, hex('ffff00'))],
  ['StopReplica from a client', request(5, 4, hex('ffff00'))],
  ['UpdateMetadata from a client', request(6, 8, hex('ffff00'))],
  ['a client id of 32767 bytes in a frame with one', request(METADATA, 1, hex('7fff61'))],
  ['2^31-1 tagged fields', flexible(HUGE_VARINT)],
  ['a tagged field of 2^31-1 bytes', flexible(`0105${HUGE_VARINT}`)],
  ['an overlong varint', flexible('ffffffffffffffffffff')],
  ['an array of 2^31-1 topics', withTopicCount(2 ** 31 - 1)],
  ['an array of -2 topics', withTopicCount(-2)],
  ['an array of a million topics without a byte of them', withTopicCount(1_000_000)],
  ['a compact array of 2^31-1 topics', flexible('00', HUGE_VARINT)],
  [
    'three million empty topic names in a legal frame',
    request(METADATA, 1, Buffer.concat([NO_CLIENT_ID, int32(3_000_000), Buffer.alloc(6_000_000)])),
  ],
  ['three million tagged fields in a legal frame', flexible('c08db701', '0500'.repeat(3_000_000))],
  [
    'SyncGroup with 2^31-1 assignments',
    request(
      14,
      0,
      Buffer.concat([NO_CLIENT_ID, hex('000167 00000001 00016d'), int32(2 ** 31 - 1)]),
    ),
  ],
]

for (const [name, bytes] of endings) {
  test(`${name}: the connection is closed, others are served`, { timeout: 10_000 }, async () => {
    await using attacker = await victim.connect()

    attacker.send(bytes)

    assert.ok(await attacker.closes())
    await victim.assertServing()
  })
}

test('a good request before a bad size is answered, then the connection is closed', async () => {
  await using attacker = await victim.connect()
  const good = encodeRequest(P.MetadataRequest, 9, { topics: [] })

  attacker.send(Buffer.concat([good, int32(-1)]))

  assert.ok(await attacker.response(calls.metadata, 9))
  assert.ok(await attacker.closes())
  await victim.assertServing()
})

test('a ZooKeeper client on the port of Kafka hurts nobody: its greeting looks like a Produce v0', async () => {
  await using attacker = await victim.connect()
  const greeting = new Writer()
  greeting.int32(0)
  greeting.int64(0)
  greeting.int32(30_000)
  greeting.int64(0)
  greeting.int32(16)
  greeting.bytes(Buffer.alloc(16))
  greeting.int8(0)

  attacker.send(framed(greeting.finish()))

  await victim.assertServing()
})

test('ApiVersions of a version to come is answered in the oldest form, with 35', async () => {
  await using client = await victim.connect()

  client.send(request(18, 99, hex('ffff00 0101 0101 00')))

  const frame = await client.nextFrame()
  assert.ok(frame !== undefined)
  const reader = new Reader(frame)
  assert.equal(reader.int32(), 7, 'correlation id')
  const answer = P.codecOf(P.ApiVersionsResponse, 0).read(reader)
  assert.equal(answer.errorCode, P.ErrorCode.UNSUPPORTED_VERSION)
  await victim.assertServing()
})

const clientIds: readonly (readonly [name: string, bytes: Buffer])[] = [
  ['bad UTF-8', hex('c328ff80fe')],
  ['line ends and escape codes', Buffer.from('a\r\nb\u001b[2J\u0007\u0000')],
  ['__proto__', Buffer.from('__proto__')],
]
for (const [name, bytes] of clientIds) {
  test(`a client id of ${name} is answered`, async () => {
    await using client = await victim.connect()
    const length = Buffer.from([0, bytes.length])

    client.send(request(METADATA, 1, Buffer.concat([length, bytes, int32(0)])))

    assert.ok(await client.response(calls.metadata, 1))
    await victim.assertServing()
  })
}

test(
  'a thousand requests sent at once are answered in their order',
  { timeout: 20_000 },
  async () => {
    await using client = await victim.connect()
    const frames = Array.from({ length: 1_000 }, (_, nth) =>
      encodeRequest(P.ApiVersionsRequest, 0, {}, { correlationId: nth }),
    )

    client.send(Buffer.concat(frames))

    for (let nth = 0; nth < 1_000; nth += 1) {
      assert.equal((await client.nextFrame())?.readInt32BE(0), nth)
    }
    await victim.assertServing()
  },
)

test(
  'a thousand produces sent at once are answered in their order',
  { timeout: 20_000 },
  async () => {
    await using client = await victim.connect()
    const body = {
      acks: 1,
      timeoutMs: 1000,
      topicData: [{ name: 'none', partitionData: [{ index: 0, records: null }] }],
    }
    const frames = Array.from({ length: 1_000 }, (_, nth) =>
      encodeRequest(P.ProduceRequest, 9, body, { correlationId: nth }),
    )

    client.send(Buffer.concat(frames))

    for (let nth = 0; nth < 1_000; nth += 1) {
      assert.equal((await client.nextFrame())?.readInt32BE(0), nth)
    }
    await victim.assertServing()
  },
)
