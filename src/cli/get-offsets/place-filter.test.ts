import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placeFilter } from './place-filter.ts'

const none = { patterns: null, topic: null, partitions: null }

function allowed(given: Partial<typeof none | Record<keyof typeof none, string>>): string[] {
  const allows = placeFilter({ ...none, ...given })
  const places = ['a', 'b'].flatMap(topic => [0, 1, 2].map(partition => ({ topic, partition })))
  return places.filter(allows).map(({ topic, partition }) => `${topic}${partition}`)
}

test('partitions of all topics that match', () => {
  assert.equal(allowed({}).length, 6)
  assert.deepEqual(allowed({ topic: 'a', partitions: '0,2' }), ['a0', 'a2'])
})

test('rules name a topic, a partition, a range, or only a part of them', () => {
  assert.deepEqual(allowed({ patterns: 'a:1,b:0-2' }), ['a1', 'b0', 'b1'])
  assert.deepEqual(allowed({ patterns: ':2' }), ['a2', 'b2'])
  assert.deepEqual(allowed({ patterns: 'a:1-' }), ['a1', 'a2'])
  assert.deepEqual(allowed({ patterns: 'a:-1' }), ['a0'])
})

test('what is no rule is refused by name', () => {
  assert.throws(() => allowed({ patterns: 'a:x' }), { message: 'Invalid rule specification: a:x' })
  assert.throws(() => allowed({ partitions: 'x' }), /but received: x/)
})
