import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConsumerProtocolSubscription, decodeVersioned, encodeVersioned } from './index.ts'

const subscription = {
  topics: ['orders'],
  userData: null,
  ownedPartitions: [{ topic: 'orders', partitions: [1, 2] }],
  generationId: 7,
  rackId: 'r1',
}

test('a subscription carries its version in front', () => {
  const bytes = encodeVersioned(ConsumerProtocolSubscription, 3, subscription)

  assert.equal(bytes.readInt16BE(), 3)
  assert.deepEqual(decodeVersioned(ConsumerProtocolSubscription, bytes), subscription)
})

test('a version of the future is read as the newest, and what it adds is left', () => {
  const newest = encodeVersioned(ConsumerProtocolSubscription, 3, subscription)
  const future = Buffer.concat([newest, Buffer.from('added')])
  future.writeInt16BE(9)

  assert.deepEqual(decodeVersioned(ConsumerProtocolSubscription, future), subscription)
})

test('a version before the oldest is refused', () => {
  assert.throws(() => decodeVersioned(ConsumerProtocolSubscription, Buffer.from('ffff', 'hex')), {
    name: 'ProtocolError',
    message: 'ConsumerProtocolSubscription of version -1: 0 is the oldest (at byte 0)',
  })
})
