import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SegmentExtent } from './cleaning-order.ts'
import { groupSegments } from './segment-groups.ts'

const config = { segmentBytes: 100, segmentIndexBytes: 50 }

function segment(baseOffset: number, endOffset: number, changes: Partial<SegmentExtent> = {}) {
  return {
    ...{ baseOffset, endOffset, sizeBytes: 40, offsetIndexBytes: 8, timeIndexBytes: 12 },
    ...{ modifiedMs: 0, maxTimestamp: 0 },
    ...changes,
  }
}

const bases = (groups: SegmentExtent[][]): number[][] =>
  groups.map(group => group.map(({ baseOffset }) => baseOffset))

test('neighbours that fit one segment together become one', () => {
  const segments = [segment(0, 10), segment(10, 20), segment(20, 30)]

  assert.deepEqual(bases(groupSegments(segments, config)), [[0, 10], [20]])
})

test('a segment larger than the limit is a group of its own', () => {
  const segments = [segment(0, 10, { sizeBytes: 400 }), segment(10, 20)]

  assert.deepEqual(bases(groupSegments(segments, config)), [[0], [10]])
})

test('indexes limit a group too', () => {
  const byOffsets = [0, 1].map(n => segment(n * 10, n * 10 + 10, { offsetIndexBytes: 26 }))
  const byTimes = [0, 1].map(n => segment(n * 10, n * 10 + 10, { timeIndexBytes: 26 }))

  assert.deepEqual(bases(groupSegments(byOffsets, config)), [[0], [10]])
  assert.deepEqual(bases(groupSegments(byTimes, config)), [[0], [10]])
})

test('offsets that indexes could not count from the base begin another group', () => {
  const far = 2 ** 31
  const reaching = [segment(0, 10), segment(10, far)]
  const beyond = [segment(0, 10), segment(10, far + 1)]

  assert.deepEqual(bases(groupSegments(reaching, config)), [[0, 10]])
  assert.deepEqual(bases(groupSegments(beyond, config)), [[0], [10]])
  const empty = [segment(0, 10), segment(10, far + 1, { sizeBytes: 0 })]
  assert.deepEqual(bases(groupSegments(empty, config)), [[0, 10]])
})
