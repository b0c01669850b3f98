import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { crc32 } from './crc32.ts'
import { crc32c, crc32cInTypeScript } from './crc32c.ts'
import { javaHashCode, javaHashPartition } from './java-hash.ts'
import { murmur2 } from './murmur2.ts'

test('CRC-32C gives the published check value and the vectors of RFC 3720', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283)
  assert.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa)
  assert.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43)
  assert.equal(crc32c(Buffer.from(Array.from({ length: 32 }, (_, index) => index))), 0x46dd794e)
})

test('CRC-32C is the same whether computed natively or not, whole or in pieces', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat(), (array, cut) => {
      const bytes = Buffer.from(array)
      const middle = cut % (bytes.length + 1)
      const whole = crc32cInTypeScript(bytes)

      assert.equal(crc32c(bytes), whole)
      assert.equal(crc32c(bytes, middle, bytes.length, crc32c(bytes, 0, middle)), whole)
      assert.equal(crc32cInTypeScript(Buffer.concat([Buffer.alloc(3), bytes]), 3), whole)
    }),
  )
})

test('CRC-32 is the IEEE one, over the given range only', () => {
  assert.equal(crc32(Buffer.from('x123456789y'), 1, 10), 0xcbf43926)
})

test('murmur2 agrees with the values in the tests of the Java client', () => {
  const values: [string, number][] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ]
  for (const [text, hash] of values) assert.equal(murmur2(Buffer.from(text)), hash, text)
})

test('the hash of a group name is that of Java, and its smallest value maps to partition 0', () => {
  assert.equal(javaHashCode('console-consumer-12345'), 158455506)
  assert.equal(javaHashCode('grüße-😀'), 347391577)
  assert.equal(javaHashCode('polygenelubricants'), -0x8000_0000)
  assert.equal(javaHashPartition('polygenelubricants', 50), 0)
  assert.equal(javaHashPartition('test-group', 50), 12)
})
