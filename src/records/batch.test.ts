import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32c, ProtocolError } from '../bytes/index.ts'
import {
  ATTRIBUTES_AT,
  addToSequence,
  BATCH_OVERHEAD,
  CRC_AT,
  isCrcValid,
  lastSequenceOf,
  maxTimestampOf,
  producerIdOf,
  stamp,
  stampLogAppendTime,
  stampMaxTimestamp,
  timestampTypeOf,
} from './batch.ts'
import { batchesIn, nextBatchSize, readBatchInfo } from './batch-info.ts'

/** A batch without sense in its records, header fields as given. */
function batch(fields: { baseSequence?: number; producerId?: bigint; magic?: number } = {}) {
  const buffer = Buffer.alloc(BATCH_OVERHEAD + 10, 7)
  buffer.writeBigInt64BE(40n, 0)
  buffer.writeInt32BE(buffer.length - 12, 8)
  buffer.writeInt32BE(3, 12)
  buffer.writeInt8(fields.magic ?? 2, 16)
  buffer.writeInt16BE(0x14, ATTRIBUTES_AT)
  buffer.writeInt32BE(4, 23)
  buffer.writeBigInt64BE(1_000n, 27)
  buffer.writeBigInt64BE(1_004n, 35)
  buffer.writeBigInt64BE(fields.producerId ?? 77n, 43)
  buffer.writeInt16BE(2, 51)
  buffer.writeInt32BE(fields.baseSequence ?? 9, 53)
  buffer.writeInt32BE(5, 57)
  buffer.writeUInt32BE(crc32c(buffer, ATTRIBUTES_AT), CRC_AT)
  return buffer
}

/** A message of magic 0 or 1 with null key and the value `abc`. */
function message(magic: 0 | 1, attributes: number): Buffer {
  const timestamp = Buffer.alloc(magic === 0 ? 0 : 8)
  if (magic === 1) timestamp.writeBigInt64BE(555n)
  const head = Buffer.alloc(18)
  head.writeBigInt64BE(8n)
  head.writeInt32BE(head.length - 12 + timestamp.length + 11, 8)
  head.writeInt8(magic, 16)
  head.writeInt8(attributes, 17)
  return Buffer.concat([head, timestamp, Buffer.from('ffffffff00000003616263', 'hex')])
}

test('the header of a batch is read into one flat info', () => {
  assert.deepEqual(readBatchInfo(Buffer.concat([Buffer.alloc(2), batch()]), 2), {
    baseOffset: 40,
    lastOffset: 44,
    sizeBytes: 71,
    magic: 2,
    leaderEpoch: 3,
    codec: 4,
    timestampType: 'CreateTime',
    maxTimestamp: 1_004,
    isTransactional: true,
    isControl: false,
    producerId: 77,
    producerEpoch: 2,
    baseSequence: 9,
    lastSequence: 13,
    recordCount: 5,
  })
})

test('old messages are read into the same shape, a wrapper without knowing its count', () => {
  const plain = readBatchInfo(message(0, 0))
  const wrapper = readBatchInfo(message(1, 0x0a))

  assert.deepEqual([plain.magic, plain.maxTimestamp, plain.recordCount], [0, -1, 1])
  assert.equal(plain.timestampType, 'NoTimestampType')
  assert.deepEqual([wrapper.magic, wrapper.maxTimestamp, wrapper.recordCount], [1, 555, -1])
  assert.deepEqual([wrapper.timestampType, wrapper.codec], ['LogAppendTime', 2])
  assert.deepEqual([wrapper.baseOffset, wrapper.producerId, wrapper.leaderEpoch], [8, -1, -1])
})

test('the walk yields whole batches of mixed formats and ends before a cut one', () => {
  const first = batch()
  const second = message(1, 0)
  const all = Buffer.concat([first, second, batch()])

  for (let cut = first.length + second.length; cut < all.length; cut += 1) {
    const positions = [...batchesIn(all, 0, cut)].map(({ position }) => position)
    assert.deepEqual(positions, [0, first.length], `cut at ${cut}`)
  }
  assert.equal([...batchesIn(all)].length, 3)
})

test('a header that no Kafka writes is refused before it is used', () => {
  const tooSmall = batch()
  tooSmall.writeInt32BE(48, 8)
  const negative = batch()
  negative.writeInt32BE(-5, 8)

  assert.throws(() => nextBatchSize(batch({ magic: 9 }), 0), ProtocolError)
  assert.throws(() => nextBatchSize(batch({ magic: -1 }), 0), ProtocolError)
  assert.throws(() => nextBatchSize(tooSmall, 0), /of 60 bytes: at least 61/)
  assert.throws(() => nextBatchSize(negative, 0), ProtocolError)
  assert.throws(() => nextBatchSize(batch(), 0, 71, 70), /at most 70/)
  assert.throws(() => readBatchInfo(batch(), 0, 60), ProtocolError)
  assert.throws(() => producerIdOf(batch({ producerId: 2n ** 53n })), /9007199254740992/)
})

test('base offset and leader epoch are stamped without touching the checksum', () => {
  const bytes = batch()

  stamp(bytes, 0, { baseOffset: 2 ** 40 + 3, leaderEpoch: 12 })

  const info = readBatchInfo(bytes)
  assert.deepEqual([info.baseOffset, info.leaderEpoch], [2 ** 40 + 3, 12])
  assert.ok(isCrcValid(bytes))
})

test('append time replaces type and max timestamp and seals the batch anew', () => {
  const bytes = batch()

  stampLogAppendTime(bytes, 0, 5_000)

  assert.equal(timestampTypeOf(bytes), 'LogAppendTime')
  assert.equal(maxTimestampOf(bytes), 5_000)
  assert.ok(isCrcValid(bytes))
})

test('stamping the max timestamp it already has changes no byte', () => {
  const bytes = batch()
  const before = Buffer.from(bytes)

  stampMaxTimestamp(bytes, 0, 1_004, 'CreateTime')

  assert.deepEqual(bytes, before)
})

test('sequence numbers wrap from the largest int32 to 0', () => {
  assert.equal(addToSequence(0x7fffffff, 1), 0)
  assert.equal(lastSequenceOf(batch({ baseSequence: 0x7ffffffe })), 2)
  assert.equal(lastSequenceOf(batch({ baseSequence: -1 })), -1)
})
