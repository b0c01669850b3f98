import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CompressionCodec, ProtocolError } from '../bytes/index.ts'
import { isCrcValid } from './batch.ts'
import { BatchBuilder } from './batch-builder.ts'
import { readEndTxnMarker } from './control-record.ts'
import { buildMessageSet, messagesOf } from './message-set.ts'
import type { NewRecord } from './record.ts'
import { RecordReader } from './record-reader.ts'
import { recordsIn, recordsOf } from './records-of.ts'

const bytes = fc.uint8Array({ maxLength: 40 }).map(array => Buffer.from(array))
const nullableBytes = fc.option(bytes)
const headers = fc.array(fc.record({ key: fc.string({ unit: 'grapheme' }), value: nullableBytes }))
const newRecord: fc.Arbitrary<NewRecord> = fc.record({
  timestamp: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 2 ** 45 })),
  key: nullableBytes,
  value: nullableBytes,
  headers,
})
const codec = fc.constantFrom(...Object.values(CompressionCodec))

test('records that were built into a batch are read back as they were', () => {
  fc.assert(
    fc.property(fc.array(newRecord, { minLength: 1 }), codec, fc.nat(), (records, id, base) => {
      const builder = new BatchBuilder({ codec: id, baseOffset: base })
      for (const record of records) builder.append(record)
      const batch = builder.close()

      assert.ok(isCrcValid(batch))
      const expected = records.map((record, index) => ({
        ...record,
        offset: base + index,
        timestampType: 'CreateTime',
      }))
      assert.deepEqual([...recordsOf(batch)].map(plain), expected.map(plain))
    }),
    { numRuns: 150 },
  )
})

const plain = (value: object): object => JSON.parse(JSON.stringify(value)) as object

test('the builder foretells what a record will add, and its size when uncompressed', () => {
  fc.assert(
    fc.property(fc.array(newRecord, { minLength: 1 }), records => {
      const builder = new BatchBuilder()
      for (const record of records) {
        const expected = builder.sizeBytes + builder.sizeOfRecord(record)
        builder.append(record)
        assert.equal(builder.sizeBytes, expected)
      }
      const { sizeBytes } = builder
      assert.equal(builder.close().length, sizeBytes)
    }),
  )
})

test('offsets of a batch may leave gaps, as compaction does, but never go back', () => {
  const builder = new BatchBuilder({ baseOffset: 10 })
  builder.append({ value: Buffer.from('a') }, 12)
  builder.append({ value: Buffer.from('b') }, 20)

  assert.throws(() => builder.append({}, 20), /ascend/)
  const offsets = [...recordsOf(builder.close())].map(({ offset }) => offset)
  assert.deepEqual(offsets, [12, 20])
})

test('old message sets are read back as they were written, of every codec they know', () => {
  const message = fc.record({
    timestamp: fc.integer({ min: 0, max: 2 ** 45 }),
    key: nullableBytes,
    value: nullableBytes,
  })
  const oldCodec = fc.constantFrom(0, 1, 2, 3)
  const magic = fc.constantFrom(0 as const, 1 as const)
  fc.assert(
    fc.property(fc.array(message, { minLength: 1 }), oldCodec, magic, (messages, id, m) => {
      const timestampType = m === 0 ? 'NoTimestampType' : 'CreateTime'
      const given = messages.map((one, index) => ({ ...one, offset: 100 + index * 2 }))
      const set = buildMessageSet(given, { magic: m, codec: id, timestampType, baseOffset: 100 })

      const expected = given.map(one => ({
        ...one,
        timestamp: m === 0 ? -1 : one.timestamp,
        timestampType,
        headers: [],
      }))
      assert.deepEqual([...recordsIn(set)].map(plain), expected.map(plain))
    }),
    { numRuns: 150 },
  )
})

test('every cut of a batch is a ProtocolError when its records are asked for', () => {
  const builder = new BatchBuilder()
  builder.append({ key: Buffer.from('key'), value: Buffer.from('value') })
  const batch = builder.close()
  for (let cut = 0; cut < batch.length; cut += 1) {
    assert.throws(() => [...recordsOf(batch.subarray(0, cut))], ProtocolError, `cut at ${cut}`)
  }
})

test('an offset of 0 around inner offsets from 0 is what some librdkafka produced', () => {
  const messages = [0, 1, 2].map(offset => ({ offset, timestamp: 5, key: null, value: null }))
  const set = buildMessageSet(messages, {
    magic: 1,
    codec: 1,
    timestampType: 'CreateTime',
    baseOffset: 0,
  })
  set.writeBigInt64BE(0n)
  assert.deepEqual(
    messagesOf(set, 0).map(({ offset }) => offset),
    [0, 1, 2],
  )

  set.writeBigInt64BE(1n)
  assert.throws(() => messagesOf(set, 0), /below its last inner offset 2/)
})

test('a reader gives the same over any split of the bytes', () => {
  const content = Buffer.from('ff01fe0304050607ffffffffffffffffff0180808001', 'hex')
  const read = (reader: RecordReader) => [
    reader.varint(),
    reader.varlong(),
    reader.uint8(),
    reader.take(3).toString('hex'),
    reader.varlong(),
    reader.varint(),
    reader.isAtEnd(),
    reader.consumedBytes,
  ]
  const whole = read(RecordReader.overBuffer(content, 0, content.length))
  fc.assert(
    fc.property(fc.array(fc.nat(content.length), { maxLength: 8 }), cuts => {
      const places = [0, ...cuts.sort((a, b) => a - b), content.length]
      const pieces = places.slice(1).map((end, index) => content.subarray(places[index], end))
      assert.deepEqual(read(RecordReader.overPieces(pieces.values())), whole)
    }),
  )
  assert.deepEqual(whole, [-128, 255, 4, '050607', -(2 ** 63), 1048576, true, 22])
})

test('varints longer than their type are refused', () => {
  const reader = (hex: string) =>
    RecordReader.overBuffer(Buffer.from(`${hex}00`, 'hex'), 0, hex.length / 2)

  assert.equal(reader('f'.repeat(18) + '01').varlong(), -(2 ** 63))
  assert.throws(() => reader('f'.repeat(18) + '02').varlong(), ProtocolError)
  assert.throws(() => reader('f'.repeat(20)).varlong(), ProtocolError)
  assert.equal(reader('ffffffff0f').varint(), -(2 ** 31))
  assert.throws(() => reader('ffffffffff').varint(), ProtocolError)
})

test('a marker of another type ends no transaction, and one without its fields is broken', () => {
  const control = (key: string, value: string) =>
    readEndTxnMarker({
      offset: 0,
      timestamp: 0,
      timestampType: 'CreateTime',
      key: Buffer.from(key, 'hex'),
      value: Buffer.from(value, 'hex'),
      headers: [],
    })

  assert.deepEqual(control('00070001ff', '0001000000050a'), { type: 1, coordinatorEpoch: 5 })
  assert.equal(control('00000002', ''), undefined)
  assert.throws(() => control('0000', '000000000005'), ProtocolError)
  assert.throws(() => control('00000001', '0000000000'), ProtocolError)
})
