import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { CommitQueue } from './waiting.ts'

test('who waits is called when the offset is reached, a retry of older records too', () => {
  const queue = new CommitQueue()
  const called: number[] = []
  for (const offset of [10, 20, 5]) queue.add(offset, () => called.push(offset))

  queue.advance(10)

  assert.deepEqual([called, queue.length], [[5, 10], 1])
})

test('who waits no longer is not kept, however long nothing moves', () => {
  const queue = new CommitQueue()
  const leaves = Array.from({ length: 1_000 }, (_, offset) =>
    queue.add(offset, () => assert.fail(`${offset} is told`)),
  )

  for (const leave of leaves) leave()
  for (const leave of leaves) leave()

  assert.equal(queue.length, 0)
  queue.advance(1_000)
})
