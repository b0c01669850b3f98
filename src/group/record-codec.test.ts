import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { ProtocolError } from '../bytes/index.ts'
import { decodeRecord, encodeRecord, recordVersionsFor } from './record-codec.ts'
import type { GroupMetadata, GroupRecord } from './records.ts'

const versions = recordVersionsFor('3.9-IV0')

const committed = {
  offset: 9_007_199_254_740_993n,
  leaderEpoch: 7,
  metadata: 'note',
  commitTimestamp: 1_700_000_000_000n,
  expireTimestamp: -1n,
}

const metadata: GroupMetadata = {
  protocolType: 'consumer',
  generationId: 3,
  protocolName: 'range',
  leaderId: 'a-1',
  phaseSinceMs: 1_700_000_000_000,
  members: [
    {
      memberId: 'a-1',
      groupInstanceId: null,
      clientId: 'a',
      clientHost: '/127.0.0.1',
      rebalanceTimeoutMs: 300_000,
      sessionTimeoutMs: 45_000,
      subscription: Buffer.from([1, 2, 3]),
      assignment: Buffer.from([4, 5]),
    },
  ],
}

const offsetRecord: GroupRecord & { type: 'offset' } = {
  type: 'offset',
  groupId: 'g',
  topic: 't',
  partition: 1,
  committed,
}

test('an offset is a key of version 1 and a value of version 3, as 3.9 writes them', () => {
  const { key, value } = encodeRecord(offsetRecord, versions)

  assert.equal(key.toString('hex'), '0001' + '000167' + '000174' + '00000001')
  assert.equal(
    value?.toString('hex'),
    '0003' + '0020000000000001' + '00000007' + '00046e6f7465' + '0000018bcfe56800',
  )
  assert.deepEqual(decodeRecord({ key, value }), offsetRecord)
})

test('a retention of its own needs version 1, whatever the cluster speaks', () => {
  const kept = { ...committed, leaderEpoch: -1, expireTimestamp: 1_700_000_600_000n }

  const { key, value } = encodeRecord({ ...offsetRecord, committed: kept }, versions)

  assert.equal(value?.readInt16BE(), 1)
  assert.deepEqual(decodeRecord({ key, value }), { ...offsetRecord, committed: kept })
})

test('a group is a key of version 2 and a value of version 3', () => {
  const { key, value } = encodeRecord({ type: 'metadata', groupId: 'g', metadata }, versions)

  assert.equal(key.toString('hex'), '0002' + '000167')
  assert.equal(value?.readInt16BE(), 3)
  assert.deepEqual(decodeRecord({ key, value }), { type: 'metadata', groupId: 'g', metadata })
})

test('older clusters get older versions, which lose what they cannot say', () => {
  const written = (version: Parameters<typeof recordVersionsFor>[0]) => {
    const record = { type: 'metadata', groupId: 'g', metadata } as const
    const { key, value } = encodeRecord(record, recordVersionsFor(version))
    const decoded = decodeRecord({ key, value })
    assert(decoded?.type === 'metadata' && decoded.metadata !== null && value !== null)
    return { version: value.readInt16BE(), read: decoded.metadata }
  }

  const beforeTimestamps = written('2.0-IV1')
  const beforeRebalanceTimeouts = written('0.10.0-IV1')

  assert.equal(beforeTimestamps.version, 1)
  assert.equal(beforeTimestamps.read.phaseSinceMs, -1)
  assert.equal(beforeRebalanceTimeouts.version, 0)
  assert.equal(beforeRebalanceTimeouts.read.members[0]?.rebalanceTimeoutMs, 45_000)
  assert.deepEqual(
    ['2.3-IV0', '2.2-IV1', '2.1-IV1', '2.1-IV0', '2.0-IV1'].map(version =>
      recordVersionsFor(version as Parameters<typeof recordVersionsFor>[0]),
    ),
    [
      { offset: 3, metadata: 3 },
      { offset: 3, metadata: 2 },
      { offset: 3, metadata: 2 },
      { offset: 2, metadata: 2 },
      { offset: 1, metadata: 1 },
    ],
  )
})

test('no value is a tombstone; a transactional record names its producer', () => {
  const { key, value } = encodeRecord({ ...offsetRecord, committed: null }, versions)

  assert.equal(value, null)
  assert.deepEqual(decodeRecord({ key, value, producerId: 4000 }), {
    ...offsetRecord,
    committed: null,
    producerId: 4000,
  })
})

test('a key of a kind that is not known is left to its owner', () => {
  const consumerGroupMetadataKey = Buffer.from('0003000167', 'hex')

  assert.equal(decodeRecord({ key: consumerGroupMetadataKey, value: null }), undefined)
})

test('broken records are named: no key, no version, an unknown version, cut bytes', () => {
  const { key, value } = encodeRecord(offsetRecord, versions)
  assert(value !== null)
  const ofVersion9 = Buffer.from(value)
  ofVersion9.writeInt16BE(9)

  assert.throws(() => decodeRecord({ key: null, value }), ProtocolError)
  assert.throws(() => decodeRecord({ key: Buffer.alloc(1), value }), ProtocolError)
  assert.throws(
    () => decodeRecord({ key, value: ofVersion9 }),
    /OffsetCommitValue has version 9: 0 to 4 are known/,
  )
  for (let length = 0; length < value.length; length += 1) {
    assert.throws(() => decodeRecord({ key, value: value.subarray(0, length) }), ProtocolError)
  }
})

test('what is decoded does not live in the bytes it was read from', () => {
  const { key, value } = encodeRecord({ type: 'metadata', groupId: 'g', metadata }, versions)
  assert(value !== null)
  const chunk = Buffer.from(value)
  const decoded = decodeRecord({ key, value: chunk })

  chunk.fill(0xff)

  assert.deepEqual(decoded, { type: 'metadata', groupId: 'g', metadata })
})

const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const blob = fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes))

const anyOffset: fc.Arbitrary<GroupRecord> = fc
  .record({ groupId: text, topic: text, partition: int32, offset: int64, note: text, at: int64 })
  .chain(({ groupId, topic, partition, offset, note, at }) =>
    fc
      .record({ leaderEpoch: int32, expireTimestamp: int64 })
      .map(({ leaderEpoch, expireTimestamp }) => ({
        ...({ type: 'offset', groupId, topic, partition } as const),
        committed: {
          ...{ offset, metadata: note, commitTimestamp: at, expireTimestamp },
          // Version 1, which alone has an expiry, has no epoch.
          leaderEpoch: expireTimestamp === -1n ? leaderEpoch : -1,
        },
      })),
  )

/** As objects are made here, with the usual prototype. */
const plain = { noNullPrototype: true } as const

const anyMember = fc.record(
  {
    memberId: text,
    groupInstanceId: fc.option(text, { nil: null }),
    clientId: text,
    clientHost: text,
    rebalanceTimeoutMs: fc.nat(),
    sessionTimeoutMs: fc.nat(),
    subscription: blob,
    assignment: blob,
  },
  plain,
)

const anyMetadata: fc.Arbitrary<GroupRecord> = fc
  .record(
    {
      protocolType: text,
      generationId: int32,
      protocolName: fc.option(text, { nil: null }),
      leaderId: fc.option(text, { nil: null }),
      phaseSinceMs: fc.maxSafeNat(),
      members: fc.array(anyMember, { maxLength: 5 }),
    },
    plain,
  )
  .map(each => ({ type: 'metadata', groupId: 'g', metadata: each }))

test('whatever is written is read again', () => {
  fc.assert(
    fc.property(fc.oneof(anyOffset, anyMetadata), record => {
      assert(record.type !== 'transaction-end')

      assert.deepEqual(decodeRecord(encodeRecord(record, versions)), record)
    }),
  )
})

test('no bytes do more than break', () => {
  const anyBytes = fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes))
  const anyVersion = fc.tuple(fc.integer({ min: -1, max: 5 }), anyBytes).map(([version, rest]) => {
    const head = Buffer.alloc(2)
    head.writeInt16BE(version)
    return Buffer.concat([head, rest])
  })
  const groupKey = encodeRecord({ type: 'metadata', groupId: 'g', metadata: null }, versions).key
  const anyKey = fc.oneof(anyVersion, fc.constant(groupKey))
  fc.assert(
    fc.property(anyKey, fc.option(anyVersion), (key, value) => {
      try {
        decodeRecord({ key, value })
      } catch (error) {
        assert.ok(error instanceof ProtocolError)
      }
    }),
    { numRuns: 1_000 },
  )
})
