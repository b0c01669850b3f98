import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inHashOrder, numbersInHashOrder, partitionHash } from './java-hash-order.ts'

test('partitions come as Java keeps them, not by number', () => {
  const partitions = [0, 1, 2].map(partition => ({ topic: 'mt', partition }))

  const order = inHashOrder(partitions, partitionHash).map(({ partition }) => partition)

  assert.deepEqual(order, [2, 1, 0])
})

test('small numbers come in order, larger ones by their bucket', () => {
  assert.equal(numbersInHashOrder([2, 0, 1, 2]), '0,1,2')
  assert.equal(numbersInHashOrder([17, 16, 3]), '16,17,3')
})

test('a table grows with what is in it', () => {
  const numbers = Array.from({ length: 13 }, (_, at) => at + 10)

  assert.equal(inHashOrder(numbers, number => number)[0], 10, 'of 32 buckets, not of 16')
})
