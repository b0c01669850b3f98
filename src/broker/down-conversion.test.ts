import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ByteRange } from '../bytes/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import { forReader } from './down-conversion.ts'

/** A range that counts how often it is released. */
function rangeOf(bytes: Buffer): ByteRange & { releases: number } {
  return {
    releases: 0,
    sizeBytes: bytes.length,
    read: (target, position) => bytes.copy(target, 0, position),
    release() {
      this.releases++
    },
  }
}

test('a reader of today gets the stored bytes untouched, whatever their codec', () => {
  const range = rangeOf(Buffer.from('not even looked at'))

  const { errorCode, records } = forReader(range, {
    magic: 2,
    knowsCodec: true,
    firstOffset: 0,
    isAllowed: true,
  })

  assert.equal(errorCode, ErrorCode.NONE)
  assert.deepEqual(records, [range])
  assert.equal(range.releases, 0)
})

test('a reader that cannot know the codec of the topic is refused, and the range given back', () => {
  const range = rangeOf(Buffer.from('compressed'))

  const { errorCode, records } = forReader(range, {
    magic: 2,
    knowsCodec: false,
    firstOffset: 0,
    isAllowed: true,
  })

  assert.equal(errorCode, ErrorCode.UNSUPPORTED_COMPRESSION_TYPE)
  assert.deepEqual(records, [])
  assert.equal(range.releases, 1)
})

test('where conversion is switched off an old reader gets an error, not records it cannot read', () => {
  const range = rangeOf(Buffer.from('batches'))

  const converted = forReader(range, {
    magic: 1,
    knowsCodec: true,
    firstOffset: 0,
    isAllowed: false,
  })

  assert.equal(converted.errorCode, ErrorCode.UNSUPPORTED_VERSION)
  assert.equal(converted.sizeBytes, 0)
})
