import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { remainingParts } from './remaining-parts.ts'

test('whatever the kernel took, the rest is the bytes after it, in order', () => {
  const parts = fc.array(fc.uint8Array({ maxLength: 6 }), { maxLength: 6 })

  fc.assert(
    fc.property(parts, fc.nat(40), (bytes, taken) => {
      const buffers = bytes.map(part => Buffer.from(part))
      const whole = Buffer.concat(buffers)
      const written = Math.min(taken, whole.length)

      const rest = remainingParts(buffers, written)

      assert.equal(Buffer.concat(rest).compare(whole.subarray(written)), 0)
      assert.notEqual(rest[0]?.length, 0)
    }),
  )
})
