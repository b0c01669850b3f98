import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Adler32, adler32 } from './adler32.ts'

test('Adler-32 is what RFC 1950 says it is', () => {
  assert.equal(adler32(Buffer.from('')), 1)
  assert.equal(adler32(Buffer.from('Wikipedia')), 0x11e60398)
  // Long enough for the sums to overflow 32 bits unless they are reduced on the way.
  assert.equal(adler32(Buffer.alloc(1_000_000, 0xff)), 0x3843e1be)
})

test('a checksum over pieces is that of the whole', () => {
  const bytes = Buffer.from(Array.from({ length: 20_000 }, (_, i) => (i * 7) % 256))
  const checksum = new Adler32()

  for (let at = 0; at < bytes.length; at += 777) checksum.update(bytes.subarray(at, at + 777))

  assert.equal(checksum.value, adler32(bytes))
})
