import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filterTopics } from './topic-filter.ts'

const topics = ['__consumer_offsets', 'cfg', 'my-topic', 'my_topic', 'ra']

function filter(raw: string | null, excludeInternal = false): string[] {
  return filterTopics(topics, raw, { excludeInternal })
}

test('a pattern has to match the whole name, and a comma means or', () => {
  assert.deepEqual(filter('my.*'), ['my-topic', 'my_topic'])
  assert.deepEqual(filter('my'), [])
  assert.deepEqual(filter('cfg,ra'), ['cfg', 'ra'])
  assert.deepEqual(filter(' "cfg, ra" '), ['cfg', 'ra'])
})

test('internal topics are left out on demand, with and without a pattern', () => {
  assert.deepEqual(filter('__.*|cfg', true), ['cfg'])
  assert.equal(filter(null, true).length, topics.length - 1)
  assert.equal(filter(null).length, topics.length)
})

test('what is no expression is refused in the words of Kafka', () => {
  assert.throws(() => filter('*'), { message: '* is an invalid regex.' })
})
