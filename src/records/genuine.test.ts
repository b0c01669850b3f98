/** Our reading, writing and converting against record sets made by Kafka's own classes. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { codecNamed, type CodecName } from '../bytes/index.ts'
import { isCrcValid, stamp } from './batch.ts'
import { BatchBuilder } from './batch-builder.ts'
import { batchesIn, readBatchInfo } from './batch-info.ts'
import { buildEndTxnMarker, readEndTxnMarker } from './control-record.ts'
import { convertDown } from './convert-down.ts'
import { isMessageCrcValid } from './legacy-message.ts'
import { buildMessageSet } from './message-set.ts'
import { produceFormats } from './produce-rules.ts'
import type { Record } from './record.ts'
import { recordsIn, recordsOf } from './records-of.ts'
import { validateProduced } from './validate.ts'

interface GenuineSet {
  readonly name: string
  readonly base64: string
}
interface Fixtures {
  readonly sets: readonly (GenuineSet & { readonly records: readonly object[] })[]
  readonly down: readonly (GenuineSet & {
    readonly stored: string
    readonly toMagic: 0 | 1
    readonly firstOffset: number
  })[]
  readonly up: readonly (GenuineSet & {
    readonly produced: string
    readonly codec: CodecName
    readonly timestampType: 'CreateTime' | 'LogAppendTime'
    readonly nowMs: number
    readonly maxTimestamp: number
  })[]
}

// From dist/src/records/ up to the sources: JSON is not compiled.
const file = new URL('../../../test/fixtures/records/genuine.json', import.meta.url)
const fixtures = JSON.parse(readFileSync(file, 'utf8')) as Fixtures

const bytesOf = (base64: string): Buffer => Buffer.from(base64, 'base64')

function setNamed(name: string): Buffer {
  const set = fixtures.sets.find(candidate => candidate.name === name)
  assert.ok(set !== undefined, name)
  return bytesOf(set.base64)
}

/** Bytes as text, to be read in a difference. */
function readable(record: Record): object {
  const text = (bytes: Buffer | null) => bytes?.toString() ?? null
  const headers = record.headers.map(({ key, value }) => ({ key, value: text(value) }))
  return { ...record, key: text(record.key), value: text(record.value), headers }
}

for (const { name, base64, records } of fixtures.sets) {
  test(`genuine ${name} is read with a valid checksum`, () => {
    const bytes = bytesOf(base64)

    for (const { position, info } of batchesIn(bytes)) {
      const isValid = info.magic === 2 ? isCrcValid : isMessageCrcValid
      assert.ok(isValid(bytes, position))
    }
    if (name.endsWith('marker')) return
    assert.deepEqual([...recordsIn(bytes)].map(readable), records)
  })
}

for (const name of ['v2 none', 'v2 idempotent', 'v2 append time']) {
  test(`records of genuine ${name}, built anew, are the same bytes`, () => {
    const genuine = setNamed(name)
    const info = readBatchInfo(genuine)
    const isAppendTime = info.timestampType === 'LogAppendTime'
    const builder = new BatchBuilder({
      ...info,
      logAppendTimeMs: isAppendTime ? info.maxTimestamp : undefined,
    })

    const times = [1700000000000, 1700000000007, 1700000000003, 1699999999000]
    for (const [index, record] of [...recordsOf(genuine)].entries()) {
      builder.append({ ...record, timestamp: times[index] ?? 0 })
    }

    assert.deepEqual(builder.close(), genuine)
  })
}

for (const name of ['v0 none', 'v1 none', 'v1 append time']) {
  test(`messages of genuine ${name}, written anew, are the same bytes`, () => {
    const genuine = setNamed(name)
    const { magic, timestampType, baseOffset } = readBatchInfo(genuine)
    assert.ok(magic !== 2)

    const rebuilt = buildMessageSet([...recordsIn(genuine)], {
      magic: magic === 0 ? 0 : 1,
      codec: 0,
      timestampType,
      baseOffset,
    })

    assert.deepEqual(rebuilt, genuine)
  })
}

test('transaction markers are read, and built to the same bytes', () => {
  for (const [name, type] of [
    ['commit', 1],
    ['abort', 0],
  ] as const) {
    const genuine = setNamed(`${name} marker`)
    const info = readBatchInfo(genuine)
    const [record] = recordsOf(genuine)
    assert.ok(record !== undefined)

    assert.ok(info.isControl && info.isTransactional)
    assert.deepEqual(readEndTxnMarker(record), { type, coordinatorEpoch: 6 })

    const built = buildEndTxnMarker({
      type,
      coordinatorEpoch: 6,
      producerId: 4711,
      producerEpoch: 3,
      timestampMs: record.timestamp,
    })
    stamp(built, 0, info)
    assert.deepEqual(built, genuine)
  }
})

for (const { name, base64, stored, toMagic, firstOffset } of fixtures.down) {
  test(`down-conversion: ${name}`, () => {
    const genuine = bytesOf(base64)

    const pieces = convertDown(bytesOf(stored), { toMagic, firstOffset })
    assert.ok(pieces !== undefined)
    const ours = Buffer.concat(pieces)

    assert.deepEqual([...recordsIn(ours)].map(readable), [...recordsIn(genuine)].map(readable))
    const sizeless = ({ info }: { info: object }) => ({ ...info, sizeBytes: 0 })
    assert.deepEqual([...batchesIn(ours)].map(sizeless), [...batchesIn(genuine)].map(sizeless))
    if (readBatchInfo(genuine).codec === 0) assert.deepEqual(ours, genuine)
  })
}

test('zstd batches are not converted down: old clients do not know the codec', () => {
  assert.equal(convertDown(setNamed('v2 zstd'), { toMagic: 1, firstOffset: 0 }), undefined)
})

test('control batches are left out of what old consumers get', () => {
  const stored = Buffer.concat([setNamed('commit marker'), setNamed('v0 none')])

  const pieces = convertDown(stored, { toMagic: 0, firstOffset: 0 })

  assert.deepEqual(Buffer.concat(pieces ?? []), setNamed('v0 none'))
})

for (const { name, base64, produced, codec, timestampType, nowMs, maxTimestamp } of fixtures.up) {
  test(`what genuine Kafka stores of a produced set: ${name}`, () => {
    const genuine = bytesOf(base64)
    const formats = produceFormats(name.startsWith('v2') ? 11 : 2)
    const rules = {
      maxMessageBytes: 100_000,
      isCompacted: false,
      timestampType,
      timestampBeforeMaxMs: Infinity,
      timestampAfterMaxMs: Infinity,
      codec: codecNamed(codec),
      maxDecompressedBytes: 1_000_000,
    }

    const verdict = validateProduced(bytesOf(produced), rules, formats, nowMs)

    assert.ok(verdict.accepted)
    stamp(verdict.batch, 0, { baseOffset: 0, leaderEpoch: 0 })
    const ours = [...recordsOf(verdict.batch)].map(readable)
    assert.deepEqual(ours, [...recordsOf(genuine)].map(readable))
    assert.equal(readBatchInfo(verdict.batch).maxTimestamp, maxTimestamp)
    const expected = { ...readBatchInfo(genuine), sizeBytes: 0 }
    assert.deepEqual({ ...readBatchInfo(verdict.batch), sizeBytes: 0 }, expected)
    if (codec === 'none') assert.deepEqual(verdict.batch, genuine)
  })
}
