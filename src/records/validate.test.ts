import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compress, CompressionCodec } from '../bytes/index.ts'
import * as v2 from './batch.ts'
import { BatchBuilder, type BatchOptions } from './batch-builder.ts'
import { nextBatchSize, readBatchInfo } from './batch-info.ts'
import { buildEndTxnMarker } from './control-record.ts'
import { buildMessageSet } from './message-set.ts'
import { produceFormats, type ProduceFormats, type ProduceRules } from './produce-rules.ts'
import { MAX_LISTED_FAULTS } from './record-checks.ts'
import { recordsOf } from './records-of.ts'
import { validateProduced } from './validate.ts'
import { RecordSetError, type RecordsVerdict } from './verdict.ts'

const NOW = 1_700_000_000_000
const CODECS = Object.values(CompressionCodec)
const RULES: ProduceRules = {
  maxMessageBytes: 1_048_588,
  isCompacted: false,
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Infinity,
  timestampAfterMaxMs: Infinity,
  codec: 'producer',
  maxDecompressedBytes: 64 * 1024 * 1024,
}

function batch(options: BatchOptions = {}, count = 3): Buffer {
  const builder = new BatchBuilder(options)
  for (let index = 0; index < count; index += 1) {
    const headers = index === 1 ? [{ key: 'h', value: Buffer.from('v') }] : []
    builder.append({
      timestamp: NOW - 10 + index,
      key: Buffer.from(`k${index}`),
      value: Buffer.from(`value ${index}`),
      headers,
    })
  }
  return builder.close()
}

/** Seals a batch again after a test changed it: what is tested lies behind the checksum. */
function resealed(bytes: Buffer, change: (bytes: Buffer) => void): Buffer {
  change(bytes)
  bytes.writeUInt32BE(v2.computeCrc(bytes), v2.CRC_AT)
  return bytes
}

/** A batch v2 around any bytes as its records. */
function around(records: Buffer, { count = 1, codec = 0 } = {}): Buffer {
  const head = batch({ codec }, 1).subarray(0, v2.BATCH_OVERHEAD)
  return resealed(Buffer.concat([head, records]), bytes => {
    bytes.writeInt32BE(bytes.length - v2.LOG_OVERHEAD, v2.LENGTH_AT)
    bytes.writeInt32BE(count - 1, v2.LAST_OFFSET_DELTA_AT)
    bytes.writeInt32BE(count, v2.RECORD_COUNT_AT)
  })
}

function validate(
  records: Buffer | null,
  {
    formats = produceFormats(11),
    ...rules
  }: Partial<ProduceRules & { formats: ProduceFormats }> = {},
): RecordsVerdict {
  return validateProduced(records, { ...RULES, ...rules }, formats, NOW)
}

function errorOf(verdict: RecordsVerdict): number {
  return verdict.accepted ? 0 : verdict.errorCode
}

test('a good batch is accepted as the very bytes that came, of every codec', () => {
  for (const codec of CODECS) {
    const bytes = batch({ codec, producerId: 7, producerEpoch: 0, baseSequence: 5 })
    const before = Buffer.from(bytes)

    const verdict = validate(bytes)

    assert.ok(verdict.accepted, JSON.stringify(verdict))
    assert.equal(verdict.batch, bytes)
    assert.deepEqual(bytes, before)
    assert.deepEqual(
      [readBatchInfo(verdict.batch).lastOffset, readBatchInfo(verdict.batch).recordCount],
      [2, 3],
    )
    assert.deepEqual(
      [readBatchInfo(verdict.batch).baseSequence, readBatchInfo(verdict.batch).lastSequence],
      [5, 7],
    )
    assert.deepEqual(
      [readBatchInfo(verdict.batch).maxTimestamp, verdict.convertedRecords],
      [NOW - 8, 0],
    )
    assert.equal(verdict.validBytes, bytes.length)
  }
})

test('any byte flipped in a batch is found, save the leader epoch that the leader writes', () => {
  const good = batch()
  for (let position = 0; position < good.length; position += 1) {
    if (position >= v2.PARTITION_LEADER_EPOCH_AT && position < v2.MAGIC_AT) continue
    for (const bit of [0, 7]) {
      const bytes = Buffer.from(good)
      bytes[position] = (bytes[position] ?? 0) ^ (1 << bit)
      assert.equal(validate(bytes).accepted, false, `bit ${bit} of byte ${position}`)
    }
  }
})

test('every truncation of a batch is refused', () => {
  for (const codec of CODECS) {
    const bytes = batch({ codec })
    for (let cut = 0; cut < bytes.length; cut += 1) {
      assert.equal(errorOf(validate(bytes.subarray(0, cut))), RecordSetError.INVALID_RECORD)
    }
  }
})

const CORRUPT = RecordSetError.CORRUPT_MESSAGE
const INVALID = RecordSetError.INVALID_RECORD
const record = (hex: string): Buffer => around(Buffer.from(hex, 'hex'))

/** Input, expected error: the rows of bad input that reach a log. */
const attacks: [string, () => Buffer | null, number][] = [
  ['null records', () => null, INVALID],
  ['no bytes', () => Buffer.alloc(0), INVALID],
  ['a wrong checksum', () => flip(batch(), v2.CRC_AT), CORRUPT],
  ['magic 9', () => resealed(batch(), bytes => (bytes[v2.MAGIC_AT] = 9)), CORRUPT],
  ['magic -1', () => resealed(batch(), bytes => (bytes[v2.MAGIC_AT] = 255)), CORRUPT],
  ['magic 1 in Produce v11', () => oldSet(1), INVALID],
  ['a length beyond the set', () => withInt32(v2.LENGTH_AT, 10_000), INVALID],
  ['length 0', () => withInt32(v2.LENGTH_AT, 0), CORRUPT],
  ['length -5', () => withInt32(v2.LENGTH_AT, -5), CORRUPT],
  ['a length cut short', () => withInt32(v2.LENGTH_AT, 60), CORRUPT],
  ['a record count of 2^31-1', () => withCount(0x7fffffff), INVALID],
  ['a record count of -1', () => withCount(-1), INVALID],
  ['a record count of 0', () => withCount(0), INVALID],
  ['no records at all', () => around(Buffer.alloc(0), { count: 0 }), INVALID],
  ['a record count below the records', () => withCount(2), INVALID],
  ['a record count above the records', () => withCount(4), INVALID],
  ['a count that differs from the offsets', () => sealedInt32(v2.LAST_OFFSET_DELTA_AT, 5), INVALID],
  ['two batches', () => Buffer.concat([batch(), batch()]), INVALID],
  ['a batch and a broken one', () => Buffer.concat([batch(), Buffer.alloc(61)]), CORRUPT],
  ['offsets not from 0', () => batch({ baseOffset: 4 }), INVALID],
  ['a control batch', () => batch({ isControl: true }), INVALID],
  ['the end of a transaction', () => marker(), INVALID],
  ['a producer id without sequence', () => batch({ producerId: 1, producerEpoch: 0 }), INVALID],
  ['a producer id beyond 2^53', () => hugeProducerId(), INVALID],
  ['codec 7', () => resealed(batch(), bytes => (bytes[v2.ATTRIBUTES_AT + 1] = 7)), INVALID],
  ['a record length beyond the batch', () => record('c801000000'), INVALID],
  ['a negative record length', () => record('0300000001010100'), INVALID],
  ['a record length over 32 bits', () => record('ffffffffff0f'), INVALID],
  ['a timestamp over 64 bits', () => record('2000ffffffffffffffffffff01000101000000'), INVALID],
  ['a key beyond the batch', () => record('0e000000feffffff0f010100'), INVALID],
  ['2^31-1 headers', () => record('16000000010101feffffff0f'), INVALID],
  ['-1 headers', () => record('0c000000010101'), INVALID],
  ['a header key of -1 bytes', () => record('0e00000001010201'), INVALID],
  ['a record length beyond its fields', () => record('10000000010100'), INVALID],
  ['a byte after the last record', () => record('0c00000001010000'), INVALID],
  ['a byte at the end of a record', () => record('0e0000000101000000'), INVALID],
]

function flip(bytes: Buffer, position: number): Buffer {
  bytes[position] = (bytes[position] ?? 0) ^ 1
  return bytes
}
function withInt32(position: number, value: number): Buffer {
  const bytes = batch()
  bytes.writeInt32BE(value, position)
  return bytes
}
function sealedInt32(position: number, value: number): Buffer {
  return resealed(batch(), bytes => bytes.writeInt32BE(value, position))
}
function withCount(count: number): Buffer {
  return resealed(batch(), bytes => {
    bytes.writeInt32BE(count, v2.RECORD_COUNT_AT)
    bytes.writeInt32BE((count - 1) | 0, v2.LAST_OFFSET_DELTA_AT)
  })
}
function hugeProducerId(): Buffer {
  return resealed(batch(), bytes => bytes.writeBigInt64BE(2n ** 60n, v2.PRODUCER_ID_AT))
}
function marker(): Buffer {
  return buildEndTxnMarker({
    type: 1,
    coordinatorEpoch: 0,
    producerId: 1,
    producerEpoch: 0,
    timestampMs: NOW,
  })
}
function oldSet(magic: 0 | 1): Buffer {
  const timestampType = magic === 0 ? 'NoTimestampType' : 'CreateTime'
  const message = { offset: 0, timestamp: NOW, key: null, value: Buffer.from('v') }
  return buildMessageSet([message], { magic, codec: 0, timestampType, baseOffset: 0 })
}

for (const [name, make, expected] of attacks) {
  test(`refused: ${name}`, () => assert.equal(errorOf(validate(make())), expected))
}

test('the smallest record is accepted, so the rows above fail for their own reason', () => {
  assert.equal(errorOf(validate(record('0c00000001010000'.slice(0, 14)))), 0)
})

test('garbage behind a right checksum is refused, whatever codec it pretends to be', () => {
  for (const codec of CODECS) {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), garbage => {
        const verdict = validate(around(Buffer.from(garbage), { codec }))
        assert.ok([INVALID, 0].includes(errorOf(verdict)))
      }),
      { numRuns: 60 },
    )
    assert.equal(errorOf(validate(around(Buffer.from('garbage'), { codec }))), INVALID)
  }
})

test('what decompresses beyond the bound is refused', () => {
  const bomb = compress(CompressionCodec.GZIP, Buffer.alloc(2_000_000))
  const verdict = validate(around(bomb, { codec: 1 }), { maxDecompressedBytes: 1_000_000 })

  assert.ok(!verdict.accepted && /more than 1000000 bytes/.test(verdict.message))
})

test('a partial batch after a whole one is ignored, as Kafka trims it', () => {
  const bytes = batch()
  const verdict = validate(Buffer.concat([bytes, batch().subarray(0, 50)]))

  assert.ok(verdict.accepted)
  assert.deepEqual([verdict.validBytes, verdict.batch.length], [bytes.length, bytes.length])
})

test('a batch over max.message.bytes is too large, before and after recompression', () => {
  const maxMessageBytes = 100
  const packed = batch({ codec: CompressionCodec.GZIP }, 40)
  const rules = { maxMessageBytes: packed.length, codec: CompressionCodec.NONE }

  assert.equal(errorOf(validate(batch(), { maxMessageBytes })), RecordSetError.MESSAGE_TOO_LARGE)
  assert.equal(errorOf(validate(packed, rules)), RecordSetError.MESSAGE_TOO_LARGE)
})

test('zstd travels from Produce v7 on', () => {
  const bytes = batch({ codec: CompressionCodec.ZSTD })

  assert.equal(errorOf(validate(bytes, { formats: produceFormats(6) })), 76)
  assert.equal(errorOf(validate(bytes, { formats: produceFormats(7) })), 0)
})

test('a compacted topic names the records without key', () => {
  const builder = new BatchBuilder()
  for (const key of [Buffer.from('k'), null, Buffer.alloc(0), null]) builder.append({ key })

  const verdict = validate(builder.close(), { isCompacted: true })

  assert.ok(!verdict.accepted)
  assert.equal(verdict.errorCode, INVALID)
  assert.deepEqual(
    verdict.recordFaults.map(fault => fault.batchIndex),
    [1, 3],
  )
})

test('a list of faults is bounded, however many records are at fault', () => {
  const builder = new BatchBuilder()
  for (let index = 0; index < MAX_LISTED_FAULTS + 50; index += 1) builder.append({})

  const verdict = validate(builder.close(), { isCompacted: true })

  assert.ok(!verdict.accepted)
  assert.equal(verdict.recordFaults.length, MAX_LISTED_FAULTS)
  assert.match(verdict.message, /^1050 records/)
})

test('timestamps out of bounds are refused record by record, none at all is not', () => {
  const builder = new BatchBuilder()
  for (const timestamp of [NOW - 101, NOW - 100, NOW + 50, NOW + 51, -1]) {
    builder.append({ timestamp })
  }
  const bounds = { timestampBeforeMaxMs: 100, timestampAfterMaxMs: 50 }

  const verdict = validate(builder.close(), bounds)

  assert.ok(!verdict.accepted)
  assert.equal(verdict.errorCode, RecordSetError.INVALID_TIMESTAMP)
  assert.deepEqual(
    verdict.recordFaults.map(fault => fault.batchIndex),
    [0, 3],
  )
  assert.equal(errorOf(validate(batch(), { ...bounds, timestampType: 'LogAppendTime' })), 0)
})

test('a producer must not claim append time where the broker sets it', () => {
  const verdict = validate(batch({ logAppendTimeMs: NOW }), { timestampType: 'LogAppendTime' })

  assert.equal(errorOf(verdict), RecordSetError.INVALID_TIMESTAMP)
})

test('append time is stamped in place and sealed', () => {
  const bytes = batch()
  const verdict = validate(bytes, { timestampType: 'LogAppendTime' })

  assert.ok(verdict.accepted && verdict.batch === bytes && v2.isCrcValid(bytes))
  assert.deepEqual(
    [readBatchInfo(verdict.batch).timestampType, readBatchInfo(verdict.batch).maxTimestamp],
    ['LogAppendTime', NOW],
  )
})

test('a max timestamp that the records do not bear out is corrected', () => {
  const lie = resealed(batch(), bytes => bytes.writeBigInt64BE(1n << 60n, v2.MAX_TIMESTAMP_AT))
  const verdict = validate(lie)

  assert.ok(verdict.accepted && v2.isCrcValid(verdict.batch))
  assert.equal(readBatchInfo(verdict.batch).maxTimestamp, NOW - 8)
})

test('another codec than the topic wants is replaced, records and producer kept', () => {
  for (const from of CODECS) {
    for (const to of CODECS) {
      const producer = { producerId: 7, producerEpoch: 2, baseSequence: 5, isTransactional: true }
      const bytes = batch({ codec: from, ...producer })
      const expected = [...recordsOf(bytes)]

      const verdict = validate(bytes, { codec: to })

      assert.ok(verdict.accepted)
      assert.deepEqual([...recordsOf(verdict.batch)], expected)
      const { codec, producerId, producerEpoch, baseSequence, isTransactional } = readBatchInfo(
        verdict.batch,
      )
      assert.equal(codec, to)
      assert.deepEqual({ producerId, producerEpoch, baseSequence, isTransactional }, producer)
      assert.equal(verdict.convertedRecords, from === to ? 0 : 3)
    }
  }
})

test('offsets with gaps are refused, compressed or not: Kafka stores the latter as they come', () => {
  for (const codec of [CompressionCodec.NONE, CompressionCodec.GZIP]) {
    const builder = new BatchBuilder({ codec })
    builder.append({ value: Buffer.from('a') })
    builder.append({ value: Buffer.from('b') }, 5)
    const bytes = resealed(builder.close(), b => b.writeInt32BE(1, v2.LAST_OFFSET_DELTA_AT))

    assert.equal(errorOf(validate(bytes)), INVALID)
  }
})

test('Produce v2 stores old sets as batches, and refuses what Kafka refuses in them', () => {
  const old = { formats: produceFormats(2) }
  const two = Buffer.concat([oldSet(1), oldSet(1)])
  const broken = flip(oldSet(1), v2.MAGIC_AT + 12)
  const verdict = validate(two, old)

  assert.ok(verdict.accepted)
  assert.deepEqual(
    [readBatchInfo(verdict.batch).magic, readBatchInfo(verdict.batch).recordCount],
    [2, 2],
  )
  assert.equal(errorOf(validate(broken, old)), CORRUPT)
  assert.equal(errorOf(validate(Buffer.concat([oldSet(0), oldSet(1)]), old)), INVALID)
  assert.equal(errorOf(validate(oldSet(0), { ...old, maxMessageBytes: 20 })), 10)
  assert.equal(errorOf(validate(oldSet(0), { ...old, isCompacted: true })), INVALID)
  assert.equal(errorOf(validate(batch(), old)), 0, 'a new batch in an old request')
})

test('wrappers of old sets are checked inside', () => {
  const old = { formats: produceFormats(2) }
  const message = { offset: 0, timestamp: NOW, key: null, value: Buffer.from('v') }
  const set = { magic: 1, timestampType: 'CreateTime', baseOffset: 0 } as const
  const wrap = (inner: Buffer, codec = 1) => {
    const value = compress(codec, inner)
    const bytes = buildMessageSet([{ ...message, value }], { ...set, codec: 0 })
    return withAttributes(bytes, codec)
  }
  const inner = buildMessageSet([message], { ...set, codec: 0 })

  assert.equal(errorOf(validate(wrap(inner), old)), 0)
  assert.equal(errorOf(validate(Buffer.concat([wrap(inner), wrap(inner)]), old)), INVALID)
  assert.equal(errorOf(validate(wrap(wrap(inner)), old)), INVALID, 'wrapped twice')
  assert.equal(errorOf(validate(wrap(oldSet(0)), old)), INVALID, 'another magic inside')
  assert.equal(errorOf(validate(wrap(flip(Buffer.from(inner), 14)), old)), CORRUPT)
  assert.equal(errorOf(validate(wrap(Buffer.alloc(0)), old)), INVALID, 'nothing inside')
  assert.equal(errorOf(validate(wrap(inner, 4), old)), INVALID, 'zstd came with magic 2')
})

/** Declares a message compressed and seals it again. */
function withAttributes(bytes: Buffer, attributes: number): Buffer {
  bytes[v2.MAGIC_AT + 1] = attributes
  bytes.writeUInt32BE(crcOfMessage(bytes), 12)
  return bytes
}

function crcOfMessage(bytes: Buffer): number {
  let crc = ~0
  for (const byte of bytes.subarray(v2.MAGIC_AT)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1)
      crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return ~crc >>> 0
}

test('no bytes make the validation end in anything but a verdict', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (array, isOld) => {
      const bytes = Buffer.from(array)
      if (bytes.length > 16) bytes[16] = (bytes[16] ?? 0) % 3
      const verdict = validate(bytes, isOld ? { formats: produceFormats(0) } : {})
      assert.equal(typeof verdict.accepted, 'boolean')
      if (verdict.accepted) assert.equal(nextBatchSize(verdict.batch, 0), verdict.batch.length)
    }),
    { numRuns: 500 },
  )
})

const unframed: readonly (readonly [what: string, records: Buffer, words: string])[] = [
  [
    'a size below that of any record',
    withInt32(v2.LENGTH_AT, 13),
    'Record size 13 is less than the minimum record overhead (14)',
  ],
  [
    'a magic that no Kafka has',
    resealed(batch(), bytes => bytes.writeInt8(3, v2.MAGIC_AT)),
    'Invalid magic found in record: 3',
  ],
]
for (const [what, records, words] of unframed) {
  test(`${what} is a fault of the frame, told in Kafka's words`, () => {
    const verdict = validate(records)

    assert.ok(!verdict.accepted)
    assert.deepEqual([verdict.fault, verdict.message], ['frame', words])
  })
}

test('what a version of the request must not carry is a fault of the request', () => {
  const verdict = validate(Buffer.concat([batch(), batch()]))

  assert.ok(!verdict.accepted)
  assert.equal(verdict.fault, 'request')
})
