/** The golden bytes of the unit tests are those of genuine Kafka, today as when they were made. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { peerOrSkip } from '../peers/cache.ts'
import { genuineBytes } from './protocol/genuine-bytes.ts'
import { goldenBytes } from './protocol/golden-bytes.ts'

test('golden bytes are what genuine Kafka writes', async t => {
  const genuine = await peerOrSkip(t, genuineBytes)
  if (genuine === undefined) return

  assert.deepEqual(goldenBytes, genuine, 'write-golden-bytes.ts makes them anew')
})
