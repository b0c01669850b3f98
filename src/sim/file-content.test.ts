import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FileContent } from './file-content.ts'

const position = fc.oneof(fc.nat(600), fc.nat(200_000), fc.constantFrom(65_535, 65_536, 131_072))
const change = fc.oneof(
  fc.record({ size: position, bytes: fc.constant(undefined) }),
  fc.record({ size: position, bytes: fc.tuple(fc.nat(255), fc.nat(70_000)) }),
)

test('content is what a plain array would hold, through holes, cuts and page borders', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), changes => {
      const content = new FileContent()
      let plain: Buffer = Buffer.alloc(0)
      for (const { size, bytes } of changes) {
        const grown = Buffer.alloc(Math.max(plain.length, size + (bytes?.[1] ?? 0)))
        plain.copy(grown)
        if (bytes === undefined) {
          content.truncate(size)
          plain = grown.subarray(0, size)
        } else {
          const [value, length] = bytes
          content.write(Buffer.alloc(length, value), size)
          grown.fill(value, size, size + length)
          plain = length === 0 ? plain : grown
        }
        assert.equal(content.sizeBytes, plain.length)
        assert.equal(content.slice(0, Infinity).compare(plain), 0)
      }
    }),
  )
})

test('what was cut off does not come back when the file grows again', () => {
  const content = new FileContent()
  content.write(Buffer.alloc(100, 'x'), 0)

  content.truncate(10)
  content.truncate(50)
  content.write(Buffer.from('y'), 70)

  assert.equal(content.slice(0, 100).toString('latin1'), `${'x'.repeat(10)}${'\0'.repeat(60)}y`)
})

test('a preallocated file costs nothing, and a cut gives its memory back', () => {
  const content = new FileContent()

  content.truncate(10 * 2 ** 20)
  assert.equal(content.allocatedBytes, 0)
  content.write(Buffer.from('entry'), 8)
  assert.equal(content.allocatedBytes, 256)
  content.write(Buffer.alloc(200_000), 65_536)
  content.truncate(8)

  assert.equal(content.allocatedBytes, 256)
})
