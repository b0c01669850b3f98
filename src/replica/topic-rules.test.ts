import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TopicConfig } from '../config/index.ts'
import { produceRulesOf } from './topic-rules.ts'

const MIB = 1024 * 1024

function limitFor(maxMessageBytes: number): number {
  const overrides = new Map([['max.message.bytes', String(maxMessageBytes)]])
  return produceRulesOf(new TopicConfig(new Map(), overrides)).maxDecompressedBytes
}

test('what a batch may decompress to follows from its size, within bounds: a bomb stalls everybody', () => {
  assert.equal(limitFor(1000), 64 * MIB)
  assert.equal(limitFor(2 * MIB), 128 * MIB)
  assert.equal(limitFor(100 * MIB), 512 * MIB)
})
