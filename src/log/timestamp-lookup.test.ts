import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { append, batchOf, logWorld, newLog } from '../../test/support/logs.ts'
import { BatchBuilder } from '../records/index.ts'

function batchAt(timestamps: readonly number[], codec = 0): Buffer {
  const builder = new BatchBuilder({ codec })
  for (const timestamp of timestamps) builder.append({ timestamp, value: Buffer.from('v') })
  return builder.close()
}

describe('looking up by time', () => {
  test('the first record that is not older, inside batches and segments, in whatever order the times come', async () => {
    const times = fc.array(
      fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 4 }),
      {
        minLength: 1,
        maxLength: 20,
      },
    )
    await fc.assert(
      fc.asyncProperty(times, fc.nat(10), async (batches, start) => {
        const log = newLog(logWorld(), { segmentBytes: 300, indexIntervalBytes: 100 })
        for (const timestamps of batches) append(log, batchAt(timestamps))
        const all = batches.flat()
        log.updateHighWatermark(all.length)
        log.advanceStartOffset(Math.min(start, all.length))

        for (let target = 0; target <= 51; target += 3) {
          const offset = all.findIndex((time, at) => time >= target && at >= log.logStartOffset)
          const found = await log.offsetForTimestamp(target)
          assert.equal(found?.offset ?? -1, offset, `not older than ${target}`)
          if (found !== undefined) assert.equal(found.timestamp, all[offset])
        }
      }),
      { numRuns: 60 },
    )
  })

  test('the record with the largest time of all, the first of them (KIP-734)', async () => {
    const log = newLog(logWorld(), { segmentBytes: 150 })
    for (const timestamps of [[5, 9], [3, 20, 20], [20], [7]]) append(log, batchAt(timestamps), 2)

    assert.deepEqual(await log.offsetForMaxTimestamp(), {
      offset: 3,
      timestamp: 20,
      leaderEpoch: 2,
    })
    assert.equal(await newLog(logWorld()).offsetForMaxTimestamp(), undefined)
  })

  test('compressed batches are looked into', async () => {
    const log = newLog(logWorld())
    append(log, batchAt([10, 20, 30], 1))

    assert.equal((await log.offsetForTimestamp(15))?.offset, 1)
  })

  test('a batch larger than the read buffer is looked into as well', async () => {
    const log = newLog(logWorld(), { maxMessageBytes: 10_000_000 })
    append(log, batchOf(['a', 'x'.repeat(1_500_000), 'c'], { timestamp: 100 }))

    assert.equal((await log.offsetForTimestamp(102))?.offset, 2)
  })

  test('a staged record is found too', async () => {
    const log = newLog(logWorld())
    log.appendAsLeader(batchAt([10]), 0, { leaderEpoch: 0, appendTimeMs: -1 })

    assert.equal((await log.offsetForTimestamp(10))?.offset, 0)
  })
})

test('before 0.10.1 times are those of files: bases of segments, newest first, and the end', async () => {
  const world = logWorld()
  const log = newLog(world, { segmentBytes: 70 })
  const startMs = world.clock.wallMs()
  for (const value of 'abc') {
    append(log, batchOf([value]))
    await world.scheduler.runFor(1_000)
  }

  assert.deepEqual(log.offsetsBefore(-1, 10), [3, 2, 1, 0])
  assert.deepEqual(log.offsetsBefore(-1, 2), [3, 2])
  assert.deepEqual(log.offsetsBefore(-2, 10), [0])
  assert.deepEqual(log.offsetsBefore(startMs + 1_500, 10), [1, 0])
  assert.deepEqual(log.offsetsBefore(startMs - 1, 10), [])
})
