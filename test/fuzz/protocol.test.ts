/** Properties of the codecs of every message in every version. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ProtocolError, Reader } from '../../src/bytes/index.ts'
import { codecOf, decode, encode, type Message } from '../../src/protocol/index.ts'
import { describedVersions } from '../differential/protocol/example.ts'
import { arbitraryMessage } from './arbitrary-message.ts'

/** A few of each version: with some 350 versions that is thousands of messages. */
const numRuns = 8

test('what was written is read back, to the last byte', () => {
  for (const { message, version, key } of describedVersions) {
    fc.assert(
      fc.property(arbitraryMessage(message, version), value => {
        const reader = new Reader(encode(message, version, value))

        assert.deepEqual(codecOf(message, version).read(reader), value, key)
        assert.equal(reader.remaining, 0, key)
      }),
      { numRuns },
    )
  }
})

test('a message that ends early is refused, wherever it ends', () => {
  for (const { message, version, key } of describedVersions) {
    fc.assert(
      fc.property(arbitraryMessage(message, version), value => {
        const bytes = encode(message, version, value)
        for (let length = 0; length < bytes.length; length += 1) {
          const cut = bytes.subarray(0, length)
          assert.throws(
            () => decode(message, version, cut),
            ProtocolError,
            `${key}, ${length} bytes`,
          )
        }
      }),
      { numRuns: 2 },
    )
  }
})

test('a message with a changed byte is read or refused, and nothing worse', () => {
  for (const { message, version } of describedVersions) {
    fc.assert(
      fc.property(arbitraryMessage(message, version), fc.nat(), fc.nat(255), (value, at, byte) => {
        const bytes = encode(message, version, value)
        if (bytes.length > 0) bytes[at % bytes.length] = byte

        readOrRefuse(message, version, bytes)
      }),
      { numRuns },
    )
  }
})

test('random bytes are read or refused, and nothing worse', () => {
  for (const { message, version } of describedVersions) {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes =>
        readOrRefuse(message, version, Buffer.from(bytes)),
      ),
      { numRuns },
    )
  }
})

function readOrRefuse(message: Message, version: number, bytes: Buffer): void {
  try {
    decode(message, version, bytes)
  } catch (error) {
    assert.ok(error instanceof ProtocolError, String(error))
    assert.ok(error.position !== undefined && error.position <= bytes.length, error.message)
  }
}
