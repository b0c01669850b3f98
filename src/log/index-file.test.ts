import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { logWorld } from '../../test/support/logs.ts'
import { OffsetIndex } from './offset-index.ts'
import { TimeIndex } from './time-index.ts'

const BASE = 1_000

test('an index finds what a plain list finds, whatever of it is in memory and what in the file', () => {
  const steps = fc.array(fc.integer({ min: 1, max: 2_500 }), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(steps, fc.boolean(), (counts, finishes) => {
      const { files } = logWorld()
      const index = new OffsetIndex(files, '/logs/i.index', BASE)
      index.file.create(100_000)
      const entries: { offset: number; position: number }[] = []
      for (const count of counts) {
        for (let n = 0; n < count; n += 1) {
          const offset = BASE + entries.length * 3
          index.append(offset, entries.length * 50)
          entries.push({ offset, position: entries.length * 50 })
        }
        if (finishes) {
          index.file.finish()
          assert.equal(files.status('/logs/i.index')?.sizeBytes, entries.length * 8)
          index.file.extend(100_000)
        } else index.file.writeOut()
      }

      for (let n = 0; n < entries.length; n += 37) {
        const { offset, position } = entries[n] ?? { offset: 0, position: 0 }
        assert.equal(index.positionBefore(offset), position)
        assert.equal(index.positionBefore(offset + 2), position)
        assert.equal(index.positionBefore(offset - 1), Math.max(position - 50, 0))
        assert.equal(index.boundaryBefore(position + 49), position)
      }
      assert.equal(index.lastOffset, entries.at(-1)?.offset)
    }),
    { numRuns: 30 },
  )
})

test('entries that were forgotten are not found, and their places are taken again', () => {
  const { files } = logWorld()
  for (const kept of [0, 1, 700, 1_499]) {
    const index = new OffsetIndex(files, `/logs/${kept}.index`, 0)
    index.file.create(100_000)
    for (let n = 1; n <= 1_500; n += 1) index.append(n * 10, n)

    index.truncateTo(kept * 10 + 1)
    assert.equal(index.file.entryCount, kept)
    assert.equal(index.positionBefore(1_000_000), kept)
    index.append(20_000, 5_000)
    index.file.finish()

    assert.equal(index.positionBefore(1_000_000), 5_000)
    assert.equal(files.status(`/logs/${kept}.index`)?.sizeBytes, (kept + 1) * 8)
  }
})

test('an offset that repeats or lies too far away gets no entry', () => {
  const { files } = logWorld()
  const index = new OffsetIndex(files, '/logs/i.index', BASE)
  index.file.create(1_000)
  index.append(BASE + 5, 10)
  index.append(BASE + 5, 20)
  index.append(BASE + 0x8000_0000, 30)

  assert.equal(index.file.entryCount, 1)
})

test('a time index holds only growing times, and leads before the first record that is as new', () => {
  const { files } = logWorld()
  const index = new TimeIndex(files, '/logs/i.timeindex', BASE)
  index.file.create(1_200)
  index.append(50, BASE + 1)
  index.append(40, BASE + 2)
  index.append(50, BASE + 3)
  index.append(70, BASE + 9)

  assert.equal(index.file.entryCount, 2)
  assert.deepEqual([index.lastTimestamp, index.lastOffset], [70, BASE + 9])
  assert.deepEqual(
    [49, 50, 51, 70, 71].map(timestamp => index.offsetBefore(timestamp)),
    [BASE, BASE, BASE + 1, BASE + 1, BASE + 9],
  )
})

test('the last entry of a time index is kept free for closing the segment', () => {
  const { files } = logWorld()
  const index = new TimeIndex(files, '/logs/i.timeindex', 0)
  index.file.create(3 * 12)
  index.append(1, 1)
  assert.equal(index.isFull, false)
  index.append(2, 2)
  assert.equal(index.isFull, true)
  index.append(3, 3)
  assert.equal(index.file.entryCount, 3)
})
