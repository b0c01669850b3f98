import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProtocolError, Reader, Writer } from '../bytes/index.ts'
import {
  array,
  between,
  bytes,
  codecOf,
  decode,
  encode,
  ignorable,
  int16,
  int32,
  int64,
  int64Exact,
  jute,
  mapKey,
  message,
  nullable,
  records,
  since,
  string,
  struct,
  tagged,
  UnsupportedVersionError,
  uuid,
  withDefault,
  ZERO_UUID,
} from './index.ts'

const Sample = message({
  name: 'SampleRequest',
  apiKey: 999,
  versions: [0, 3],
  flexible: 2,
  fields: {
    name: mapKey(string),
    note: since(1, nullable(string)),
    old: between(0, 1, withDefault(int32, -1)),
    hint: since(1, ignorable(int16)),
    points: array({ x: int16, y: since(3, int16) }),
    leader: tagged(0, 2, struct({ id: withDefault(int32, -1), rack: nullable(string) })),
    topicId: tagged(1, 3, uuid),
  },
})

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

test('before flexible versions lengths are int16 and int32, and there are no tags', () => {
  const value = { name: 'ab', old: 7, points: [{ x: 1 }, { x: 2 }] }

  const written = encode(Sample, 0, value)

  assert.deepEqual(written, hex('0002 6162 00000007 00000002 0001 0002'))
})

test('in flexible versions lengths are compact and tags close every struct', () => {
  const value = { name: 'ab', points: [{ x: 1 }], leader: { id: 5 } }

  const written = encode(Sample, 2, value)

  assert.deepEqual(written, hex('03 6162 00 0000 02 0001 00 01 00 06 00000005 00 00'))
  assert.deepEqual(decode(Sample, 2, written).leader, { id: 5, rack: null })
})

test('what a version lacks is its default when read, so that every value has one shape', () => {
  const value = decode(Sample, 0, hex('0000 00000007 00000001 0001'))

  assert.deepEqual(value, {
    name: '',
    note: null,
    old: 7,
    hint: 0,
    points: [{ x: 1, y: 0 }],
    leader: { id: -1, rack: null },
    topicId: ZERO_UUID,
  })
  assert.deepEqual(Object.keys(value), Object.keys(Sample.fields))
})

test('a field that the version cannot carry is refused, unless it is ignorable or the default', () => {
  const value = { name: '', points: [] }

  encode(Sample, 0, { ...value, hint: 3, note: null, topicId: ZERO_UUID })
  assert.throws(
    () => encode(Sample, 0, { ...value, note: 'x' }),
    /SampleRequest v0: note is set, but the version has no such field/,
  )
  assert.throws(
    () => encode(Sample, 2, { ...value, points: [{ x: 1, y: 1 }] }),
    UnsupportedVersionError,
  )
})

test('a version that is not described has no codec', () => {
  assert.throws(() => codecOf(Sample, 4), /SampleRequest has no version 4: 0 to 3 exist/)
  assert.throws(() => codecOf(Sample, -1), UnsupportedVersionError)
})

test('unknown tags are skipped, whatever they hold', () => {
  const value = decode(Sample, 2, hex('01 00 0000 01 02 00 06 00000005 01 00 63 03 aabbcc'))

  assert.equal(value.leader.id, 5)
})

test('broken bytes are refused with message, version, field and position', () => {
  const cases: [version: number, bytes: string, reason: RegExp][] = [
    [0, 'ffff', /^SampleRequest v0: name is null \(at byte 2\)$/],
    [0, 'fffe', /SampleRequest v0: name is of length -2/],
    [0, '7fff', /32767 bytes wanted, 0 left \(at byte 2\)/],
    [2, '818002', /name is a string of 32768 bytes: at most 32767/],
    [0, '0000 00000000 fffffffe', /points is of length -2/],
    [0, '0000 00000000 7fffffff 0000', /2147483647 elements of at least 2 bytes in 2 bytes/],
    [2, '01 00 0000 01 ffffffff0f', /4294967295 elements of at least 2 bytes in 0 bytes/],
    [2, '01 00 0000 01 01 07 ffffffff0f', /4294967295 bytes wanted, 0 left/],
    [2, 'ffffffffff01', /varint longer than 32 bits/],
    [2, '01 00 0000 01 01 00 07 00000005 00 00 00', /leader says 7 bytes and has 6/],
  ]
  for (const [version, bytes, message] of cases) {
    assert.throws(
      () => decode(Sample, version, hex(bytes)),
      { name: 'ProtocolError', message },
      bytes,
    )
  }
})

test('millions of small elements in one legal frame are refused before memory is taken', () => {
  const Names = message({
    name: 'NamesRequest',
    apiKey: 999,
    versions: [0, 0],
    flexible: 0,
    fields: { topics: array({ names: array(string) }) },
  })
  const topic = Buffer.concat([hex('a18d06'), Buffer.alloc(100_000, 1), hex('00')])
  const frame = Buffer.concat([hex('07'), topic, topic, topic, topic, topic, topic, hex('00')])

  assert.throws(() => decode(Names, 0, frame), /NamesRequest v0: 100000 elements, 49994 left/)
})

test('tagged fields count as elements too', () => {
  const Empty = message({
    name: 'EmptyRequest',
    apiKey: 999,
    versions: [0, 0],
    flexible: 0,
    fields: {},
  })
  const frame = Buffer.concat([hex('91a10f'), Buffer.alloc(500_002, 0)])

  assert.throws(() => decode(Empty, 0, frame), /250001 elements, 250000 left/)
})

test('bytes are copied out of the frame, records are not', () => {
  const Data = message({
    name: 'Data',
    versions: [0, 0],
    fields: { kept: bytes, records: nullable(records) },
  })
  const frame = hex('00000001 11 00000001 22')

  const value = decode(Data, 0, frame)
  frame.fill(0)

  assert.deepEqual(value, { kept: hex('11'), records: hex('00') })
})

test('records are written by reference, from one piece or several', () => {
  const Data = message({ name: 'Data', versions: [0, 0], fields: { records: nullable(records) } })
  const [one, two] = [hex('11'), hex('2222')]
  const writer = new Writer()

  codecOf(Data, 0).write(writer, { records: [one, two] })

  const parts = writer.parts()
  assert.deepEqual(parts[0], hex('00000003'))
  assert.equal(parts[1], one)
  assert.equal(parts[2], two)
})

test('an int64 beyond 2^53 is rounded as number and kept as bigint', () => {
  const Longs = message({
    name: 'Longs',
    versions: [0, 0],
    fields: { rounded: int64, exact: int64Exact },
  })
  const largest = hex('7fffffffffffffff')

  const value = decode(Longs, 0, Buffer.concat([largest, largest]))

  assert.deepEqual(value, { rounded: 2 ** 63, exact: 2n ** 63n - 1n })
  assert.deepEqual(encode(Longs, 0, value), Buffer.concat([largest, largest]))
})

test('a nullable struct has a byte that tells whether it is there', () => {
  const Page = message({
    name: 'Page',
    versions: [0, 0],
    flexible: 0,
    fields: { cursor: nullable(struct({ partition: int32 })) },
  })

  assert.deepEqual(encode(Page, 0, {}), hex('ff 00'))
  assert.deepEqual(encode(Page, 0, { cursor: { partition: 3 } }), hex('01 00000003 00 00'))
  assert.deepEqual(decode(Page, 0, hex('01 00000003 00 00')), { cursor: { partition: 3 } })
  assert.deepEqual(decode(Page, 0, hex('ff 00')), { cursor: null })
})

test('bytes that are no UTF-8 become replacement characters, as in Kafka', () => {
  assert.equal(decode(Sample, 0, hex('0002 61ff 00000000 00000000')).name, 'a\ufffd')
})

test('a text that is no uuid is not written', () => {
  const value = { name: '', points: [], topicId: 'short' }

  assert.throws(() => encode(Sample, 3, value), ProtocolError)
})

test('records of ZooKeeper are described in the same language', () => {
  const CreateRequest = message({
    name: 'CreateRequest',
    versions: [0, 0],
    fields: {
      path: jute.string,
      data: nullable(jute.buffer),
      acl: nullable(jute.vector({ perms: jute.int, scheme: jute.string, id: jute.string })),
      flags: jute.int,
    },
  })
  const frame = hex(
    '00000002 2f61 ffffffff 00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65 00000000',
  )

  const value = codecOf(CreateRequest, 0).read(new Reader(frame))

  assert.deepEqual(value, {
    path: '/a',
    data: null,
    acl: [{ perms: 31, scheme: 'world', id: 'anyone' }],
    flags: 0,
  })
  assert.deepEqual(encode(CreateRequest, 0, value), frame)
})

test('the types know which fields have to be given', () => {
  encode(Sample, 1, { name: 'a', points: [{ x: 1 }], note: undefined })

  // @ts-expect-error a field of all versions without a stated default must not be left out
  encode(Sample, 1, { name: 'a' })
  // @ts-expect-error nor may it be null when the description does not say so
  assert.throws(() => encode(Sample, 1, { name: null, points: [] }), /name must not be null/)
})
