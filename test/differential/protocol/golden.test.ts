import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode, encode } from '../../../src/protocol/index.ts'
import { describedVersions, exampleOf } from './example.ts'
import { goldenBytes } from './golden-bytes.ts'

test('every version of every message is written and read as genuine Kafka does', () => {
  for (const { message, version, key } of describedVersions) {
    const golden = goldenBytes[key]
    assert(golden !== undefined, `no golden bytes of ${key}: write-golden-bytes.ts makes them`)
    for (const kind of ['full', 'empty'] as const) {
      const value = exampleOf(message, version, kind)

      assert.equal(encode(message, version, value).toString('hex'), golden[kind], `${key} ${kind}`)
      assert.deepEqual(
        decode(message, version, Buffer.from(golden[kind], 'hex')),
        value,
        `${key} ${kind}`,
      )
    }
  }
})

test('there are golden bytes of described messages only', () => {
  assert.deepEqual(Object.keys(goldenBytes).sort(), describedVersions.map(({ key }) => key).sort())
})
