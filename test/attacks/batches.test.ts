/** Records that must not get into a log: refused with Kafka's code, and not a byte of them is written. */
import { strict as assert } from 'node:assert'
import { after, before, test } from 'node:test'
import { crc32c, Writer } from '../../src/bytes/index.ts'
import { ErrorCode, ProduceRequest } from '../../src/protocol/index.ts'
import {
  ATTRIBUTES_AT,
  BatchBuilder,
  CRC_AT,
  LAST_OFFSET_DELTA_AT,
  LENGTH_AT,
  MAGIC_AT,
  RECORD_COUNT_AT,
} from '../../src/records/index.ts'
import { encodeRequest } from '../broker/raw-client.ts'
import { batchAround, batchOf, changed, recordBytes } from './batches.ts'
import { calls, produce, Victim } from './victim.ts'

let victim: Victim
before(async () => {
  victim = await Victim.start()
})
after(() => victim[Symbol.asyncDispose]())

const { CORRUPT_MESSAGE, INVALID_RECORD, MESSAGE_TOO_LARGE } = ErrorCode
const { INVALID_REQUIRED_ACKS, UNKNOWN_TOPIC_OR_PARTITION } = ErrorCode

function edited(change: (batch: Buffer) => void): Buffer {
  const batch = batchOf('one', 'two')
  change(batch)
  return batch
}

const withLength = (length: number): Buffer =>
  edited(batch => batch.writeInt32BE(length, LENGTH_AT))
const withCount = (count: number): Buffer =>
  changed(batch => batch.writeInt32BE(count, RECORD_COUNT_AT))
const withMagic = (magic: number): Buffer => changed(batch => batch.writeInt8(magic, MAGIC_AT))

function controlBatch(): Buffer {
  const builder = new BatchBuilder({ isControl: true })
  builder.append({ timestamp: 1, key: Buffer.alloc(4), value: Buffer.alloc(6), headers: [] })
  return builder.close()
}

/** Snappy without framing: the size that it claims to grow to, then nothing. */
function snappyOfTwoGigabytes(): Buffer {
  const writer = new Writer()
  writer.unsignedVarint(2 ** 31 - 1)
  writer.bytes(Buffer.from([0, 0x61]))
  return writer.finish()
}

/** A zstd frame header with a content size of 8 bytes, and an empty last block. */
function zstdOfOneTerabyte(): Buffer {
  const head = Buffer.from('28b52ffde0', 'hex')
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(2n ** 40n)
  return Buffer.concat([head, size, Buffer.from([1, 0, 0])])
}

const garbage = Buffer.from('these are not the bytes that the codec says they are')

const refused: readonly (readonly [name: string, records: Buffer | null, codes: number[]])[] = [
  ['a wrong checksum', edited(batch => batch.writeInt32BE(1, CRC_AT)), [CORRUPT_MESSAGE]],
  [
    'one bit flipped in a value',
    edited(batch => (batch[batch.length - 3] = (batch[batch.length - 3] ?? 0) ^ 4)),
    [CORRUPT_MESSAGE],
  ],
  ['magic 9', withMagic(9), [CORRUPT_MESSAGE]],
  ['magic -1', withMagic(-1), [CORRUPT_MESSAGE]],
  ['a batch length beyond the bytes', withLength(10_000), [CORRUPT_MESSAGE, INVALID_RECORD]],
  ['a batch length of 2^31-1', withLength(2 ** 31 - 1), [CORRUPT_MESSAGE, INVALID_RECORD]],
  ['batch length 0', withLength(0), [CORRUPT_MESSAGE, INVALID_RECORD]],
  ['batch length -5', withLength(-5), [CORRUPT_MESSAGE, INVALID_RECORD]],
  ['a batch cut short', batchOf('one').subarray(0, -3), [CORRUPT_MESSAGE, INVALID_RECORD]],
  ['three bytes', Buffer.alloc(3), [CORRUPT_MESSAGE, INVALID_RECORD]],
  ['no byte', Buffer.alloc(0), [INVALID_RECORD]],
  ['null records', null, [INVALID_RECORD]],
  ['2^31-1 records', withCount(2 ** 31 - 1), [INVALID_RECORD]],
  ['-1 records', withCount(-1), [INVALID_RECORD]],
  ['0 records', withCount(0), [INVALID_RECORD]],
  [
    'fewer records than the bytes hold',
    changed(batch => {
      batch.writeInt32BE(1, RECORD_COUNT_AT)
      batch.writeInt32BE(0, LAST_OFFSET_DELTA_AT)
    }),
    [INVALID_RECORD],
  ],
  ['a record of 2^31-1 bytes', batchAround(recordBytes({ size: 2 ** 31 - 1 })), [INVALID_RECORD]],
  ['a record of -2 bytes', batchAround(recordBytes({ size: -2 })), [INVALID_RECORD]],
  ['2^31-1 headers', batchAround(recordBytes({ headers: 2 ** 31 - 1 })), [INVALID_RECORD]],
  ['-1 headers', batchAround(recordBytes({ headers: -1 })), [INVALID_RECORD]],
  ['a key of 2^31-1 bytes', batchAround(recordBytes({ key: 2 ** 31 - 1 })), [INVALID_RECORD]],
  ['a value of 2^31-1 bytes', batchAround(recordBytes({ value: 2 ** 31 - 1 })), [INVALID_RECORD]],
  ['two batches for one partition', Buffer.concat([batchOf('a'), batchOf('b')]), [INVALID_RECORD]],
  ['offsets from 5', changed(batch => batch.writeBigInt64BE(5n)), [INVALID_RECORD]],
  ['a control batch', controlBatch(), [INVALID_RECORD]],
  ['codec 7', batchAround(garbage, { codec: 7 }), [CORRUPT_MESSAGE, INVALID_RECORD]],
  ['garbage as gzip', batchAround(garbage, { codec: 1 }), [CORRUPT_MESSAGE, INVALID_RECORD]],
  ['garbage as snappy', batchAround(garbage, { codec: 2 }), [CORRUPT_MESSAGE, INVALID_RECORD]],
  ['garbage as lz4', batchAround(garbage, { codec: 3 }), [CORRUPT_MESSAGE, INVALID_RECORD]],
  ['garbage as zstd', batchAround(garbage, { codec: 4 }), [CORRUPT_MESSAGE, INVALID_RECORD]],
  [
    'snappy that claims two gigabytes',
    batchAround(snappyOfTwoGigabytes(), { codec: 2 }),
    [CORRUPT_MESSAGE, INVALID_RECORD],
  ],
  [
    'zstd that claims a terabyte',
    batchAround(zstdOfOneTerabyte(), { codec: 4 }),
    [CORRUPT_MESSAGE, INVALID_RECORD],
  ],
  ['a record of 3 MB', batchOf('x'.repeat(3_000_000)), [MESSAGE_TOO_LARGE]],
]

for (const [name, records, codes] of refused) {
  test(`${name}: refused, nothing is written`, { timeout: 10_000 }, async () => {
    await using client = await victim.connect()

    const { errorCode, baseOffset } = await produce(client, records)

    assert.ok(codes.includes(errorCode), `error ${errorCode} is one of ${codes.join(', ')}`)
    assert.equal(baseOffset, -1)
    await victim.assertServing()
  })
}

for (const version of [3, 5, 7, 8, 9, 12]) {
  test(`null records in Produce v${version} are answered`, { timeout: 10_000 }, async () => {
    await using client = await victim.connect()

    const { errorCode } = await produce(client, null, { version })

    assert.equal(errorCode, INVALID_RECORD)
  })
}

test('what is wrong with a whole batch is told by its code alone, as Kafka does', async () => {
  await using client = await victim.connect()
  const tooLarge = batchOf('x'.repeat(2 ** 20))
  const torn = edited(batch => batch.writeInt32BE(1, CRC_AT))

  const answers = [
    await produce(client, tooLarge),
    await produce(client, torn),
    await produce(client, null),
  ]

  assert.deepEqual(
    answers.map(({ errorCode, errorMessage }) => [errorCode, errorMessage]),
    [
      [MESSAGE_TOO_LARGE, null],
      [CORRUPT_MESSAGE, null],
      [INVALID_RECORD, null],
    ],
  )
})

const wrongPlaces: readonly (readonly [string, Parameters<typeof produce>[2], number[]])[] = [
  ['acks 7', { acks: 7 }, [INVALID_REQUIRED_ACKS]],
  ['acks -2', { acks: -2 }, [INVALID_REQUIRED_ACKS]],
  ['partition -1', { index: -1 }, [UNKNOWN_TOPIC_OR_PARTITION]],
  ['partition 2^31-1', { index: 2 ** 31 - 1 }, [UNKNOWN_TOPIC_OR_PARTITION]],
  ['partition 1 of a topic with one', { index: 1 }, [UNKNOWN_TOPIC_OR_PARTITION]],
  [
    'a topic that climbs out',
    { topic: '../x' },
    [UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.INVALID_TOPIC_EXCEPTION],
  ],
  [
    'a topic named like something in every object',
    { topic: 'constructor' },
    [UNKNOWN_TOPIC_OR_PARTITION],
  ],
]
for (const [name, where, codes] of wrongPlaces) {
  test(`produce with ${name}: refused, nothing is written`, { timeout: 10_000 }, async () => {
    await using client = await victim.connect()

    const { errorCode } = await produce(client, batchOf('x'), where)

    assert.ok(codes.includes(errorCode), `error ${errorCode} is one of ${codes.join(', ')}`)
    await victim.assertServing()
  })
}

test('a refused produce with acks=0 ends its connection, as there is no answer to say it', async () => {
  await using client = await victim.connect()
  const partitionData = [{ index: 0, records: edited(batch => batch.writeInt32BE(1, CRC_AT)) }]

  client.send(
    encodeRequest(ProduceRequest, 9, {
      ...{ acks: 0, timeoutMs: 0 },
      topicData: [{ name: 'witness', partitionData }],
    }),
  )

  assert.ok(await client.closes())
  await victim.assertServing()
})

test('the checksum of what these tests change is right: only the change can be refused', () => {
  const batch = changed(() => undefined)

  assert.equal(batch.readUInt32BE(CRC_AT), crc32c(batch.subarray(ATTRIBUTES_AT)) >>> 0)
  assert.deepEqual(batch.subarray(21, 27), batchOf('one', 'two').subarray(21, 27))
})

test('a transactional batch of nobody is refused, whoever it says it is, and holds nobody up', async () => {
  await using client = await victim.connect()
  const batchOfProducer = (producerId: number): Buffer => {
    const producer = { producerId, producerEpoch: 0, baseSequence: 0, isTransactional: true }
    const builder = new BatchBuilder(producer)
    builder.append({ timestamp: 1, key: null, value: Buffer.from('v'), headers: [] })
    return builder.close()
  }
  const as = async (transactionalId: string | null, producerId: number): Promise<number> => {
    const partitionData = [{ index: 0, records: batchOfProducer(producerId) }]
    const { responses } = await client.request(calls.produce, 9, {
      ...{ transactionalId, acks: -1, timeoutMs: 1_000 },
      topicData: [{ name: 'witness', partitionData }],
    })
    return responses[0]?.partitionResponses[0]?.errorCode ?? -1
  }

  const codes = [await as(null, 7), await as('nobody', 7), await as('nobody', 2 ** 53)]

  assert.deepEqual(codes, [
    ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    ErrorCode.NOT_ENOUGH_REPLICAS, // nobody has begun a transaction yet: there is no coordinator to ask
    INVALID_RECORD,
  ])
  await victim.assertServing()
})
