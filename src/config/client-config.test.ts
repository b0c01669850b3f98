import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AdminConfig,
  ConsumerConfig,
  ProducerConfig,
  reconnectBackoffMaxMs,
} from './client-config.ts'

const producer = (given: Record<string, string> = {}) =>
  new ProducerConfig(
    new Map(Object.entries({ 'key.serializer': 'K', 'value.serializer': 'V', ...given })),
  )
const consumer = (given: Record<string, string>) =>
  new ConsumerConfig(
    new Map(Object.entries({ 'key.deserializer': 'K', 'value.deserializer': 'V', ...given })),
  )

test('a producer is idempotent by default, and acks come from every in-sync replica', () => {
  assert.equal(producer().isIdempotent, true)
  assert.equal(producer().acks, -1)
})

test('acks=1 switches idempotence off with a log line, and is an error where it was asked for', () => {
  const plain = producer({ acks: '1' })

  assert.equal(plain.isIdempotent, false)
  assert.match(plain.adjustments[0]?.because ?? '', /acks is set to 1, not set to 'all'/)
  assert.throws(() => producer({ acks: '1', 'enable.idempotence': 'true' }), { property: 'acks' })
  assert.throws(() => producer({ acks: '1', 'transactional.id': 't' }), /without also enabling/)
})

test('the delivery timeout covers a whole attempt', () => {
  const slow = producer({ 'request.timeout.ms': '200000' })

  assert.equal(slow.deliveryTimeoutMs, 200_000)
  assert.equal(slow.adjustments[0]?.level, 'warn')
  assert.throws(() => producer({ 'delivery.timeout.ms': '5' }), { property: 'delivery.timeout.ms' })
})

test('without a group nothing is committed', () => {
  assert.equal(consumer({}).commitsByItself, false)
  assert.equal(consumer({ 'group.id': 'g' }).commitsByItself, true)
  assert.throws(() => consumer({ 'enable.auto.commit': 'true' }), /default group id \(null\)/)
})

test('a pause before reconnecting that was given alone does not grow', () => {
  const given = new Map([['reconnect.backoff.ms', '70']])

  assert.equal(reconnectBackoffMaxMs(new AdminConfig(given)), 70)
  assert.equal(reconnectBackoffMaxMs(new AdminConfig(new Map())), 1_000)
})
