import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { int64Text, readInt64, writeInt64 } from './int64.ts'

test('a safe integer is written and read as int64 without loss', () => {
  const buffer = Buffer.alloc(10)
  fc.assert(
    fc.property(fc.maxSafeInteger(), value => {
      writeInt64(buffer, 1, value)

      assert.equal(buffer.readBigInt64BE(1), BigInt(value))
      assert.equal(readInt64(buffer, 1), value)
    }),
  )
})

test('what lies beyond 2^53 is rounded, and saturates at the ends of int64', () => {
  const buffer = Buffer.alloc(8)
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), value => {
      buffer.writeBigInt64BE(value)
      assert.equal(readInt64(buffer, 0), Number(value))

      writeInt64(buffer, 0, Number(value))
      assert.equal(buffer.readBigInt64BE(), BigInt.asIntN(64, clamp(BigInt(Number(value)))))
    }),
  )

  writeInt64(buffer, 0, -Infinity)
  assert.equal(buffer.readBigInt64BE(), -(2n ** 63n))
})

function clamp(value: bigint): bigint {
  return value > 2n ** 63n - 1n ? 2n ** 63n - 1n : value
}

test('the largest int64 is printed as Java does, not as the double that stands for it', () => {
  assert.deepEqual([Number(2n ** 63n - 1n), 2 ** 64, 300_000, -1].map(int64Text), [
    '9223372036854775807',
    '9223372036854775807',
    '300000',
    '-1',
  ])
})
