import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { deserializerNamed, serializerNamed, type Serializable } from './serialization.ts'

const className = (name: string): string => `org.apache.kafka.common.serialization.${name}`
const serialize = (name: string, value: Serializable): string =>
  serializerNamed('value.serializer', className(`${name}Serializer`))(value).toString('hex')
const deserialize = (name: string, hex: string): unknown =>
  deserializerNamed('value.deserializer', className(`${name}Deserializer`))(Buffer.from(hex, 'hex'))

/** Bytes that Java's classes make of these. */
const samples: readonly [name: string, value: Serializable, hex: string][] = [
  ['String', 'smørrebrød', '736dc3b87272656272c3b864'],
  ['Short', -2, 'fffe'],
  ['Integer', -2_147_483_648, '80000000'],
  ['Long', 1_700_000_000_000n, '0000018bcfe56800'],
  ['Float', 1.5, '3fc00000'],
  ['Double', -0.25, 'bfd0000000000000'],
  ['Boolean', true, '01'],
  [
    'UUID',
    '123e4567-e89b-12d3-a456-426614174000',
    Buffer.from('123e4567-e89b-12d3-a456-426614174000').toString('hex'),
  ],
]

for (const [name, value, hex] of samples) {
  test(`${name}: the bytes are those of Java, both ways`, () => {
    assert.equal(serialize(name, value), hex)
    assert.equal(deserialize(name, hex), value)
  })
}

test('bytes are given as they are, under each of their three names', () => {
  for (const name of ['ByteArray', 'Bytes', 'ByteBuffer']) {
    assert.equal(serialize(name, new Uint8Array([0, 255])), '00ff')
    assert.deepEqual(deserialize(name, '00ff'), Buffer.from([0, 255]))
  }
})

test('a long of any size comes back exactly', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), value => {
      assert.equal(deserialize('Long', serialize('Long', value)), value)
    }),
  )
})

test('a value of another type or out of range is refused, and named', () => {
  const refused: readonly [name: string, value: Serializable, message: RegExp][] = [
    ['String', 5, /expected a string, got 5/],
    ['Short', 32_768, /an integer of 16 bits, got 32768/],
    ['Integer', 1.5, /an integer of 32 bits, got 1.5/],
    ['Long', 2n ** 63n, /an integer of 64 bits/],
    ['Long', '7', /an integer of 64 bits, got 7/],
    ['Boolean', 1, /a boolean, got 1/],
    ['UUID', 'nobody', /a UUID, got nobody/],
    ['Void', '', /only null/],
    ['ByteArray', 5, /bytes or a string, got 5/],
  ]
  for (const [name, value, message] of refused) {
    assert.throws(() => serialize(name, value), { code: 'SERIALIZATION', message })
  }
})

test('bytes that are no such thing are refused', () => {
  assert.throws(() => deserialize('Integer', '00'), /expected 4 bytes, got 1 bytes/)
  assert.throws(() => deserialize('Boolean', '02'), /expected 0 or 1, got 2/)
})

test('a class that is not known is refused by its name', () => {
  for (const name of ['com.example.AvroSerializer', className('ListSerializer'), 'toString']) {
    assert.throws(() => serializerNamed('key.serializer', name), {
      property: 'key.serializer',
      message: `Invalid value ${name} for configuration key.serializer: Class ${name} could not be found.`,
    })
  }
})
