import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  append,
  batchOf,
  DIRECTORY,
  logWorld,
  newLog,
  readAll,
  readBytes,
  recordTexts,
  reopen,
} from '../../test/support/logs.ts'
import { StorageError } from '../host/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import { isCrcValid, leaderEpochOf, maxTimestampOf, timestampTypeOf } from '../records/index.ts'
import { SeededRandom, SimDisk } from '../sim/index.ts'

describe('appending', () => {
  test('offsets go on from batch to batch, and readers see what is written', () => {
    const log = newLog(logWorld())

    const first = log.appendAsLeader(batchOf(['a', 'b']), 0, { leaderEpoch: 4, appendTimeMs: -1 })
    const second = log.appendAsLeader(batchOf(['c']), 0, { leaderEpoch: 4, appendTimeMs: -1 })

    assert.deepEqual([first.baseOffset, first.lastOffset, second.baseOffset], [0, 1, 2])
    assert.deepEqual([log.nextOffset, log.logEndOffset], [3, 0], 'staged, not visible yet')
    log.writeStaged()
    assert.equal(log.logEndOffset, 3)
    assert.deepEqual(recordTexts(readAll(log)), ['0:a', '1:b', '2:c'])
    assert.equal(leaderEpochOf(readAll(log)), 4)
  })

  test('the batch of the caller stays as it is: it may lie in a shared receive buffer', () => {
    const log = newLog(logWorld())
    const batch = Buffer.concat([Buffer.from('head'), batchOf(['a'])])
    const before = Buffer.from(batch)

    log.appendAsLeader(batch, 4, { leaderEpoch: 1, appendTimeMs: 77 })
    assert.deepEqual(batch, before)
    batch.fill(0)
    log.writeStaged()

    assert.deepEqual(recordTexts(readAll(log)), ['0:a'])
  })

  test('with log append time the batch gets it, and a checksum that fits', () => {
    const log = newLog(logWorld())

    log.appendAsLeader(batchOf(['a']), 0, { leaderEpoch: 0, appendTimeMs: 5_000 })
    log.writeStaged()

    const stored = readAll(log)
    assert.deepEqual([maxTimestampOf(stored), timestampTypeOf(stored)], [5_000, 'LogAppendTime'])
    assert.ok(isCrcValid(stored))
  })

  test('a batch larger than max.message.bytes or than a segment is refused and changes nothing', () => {
    const log = newLog(logWorld(), { maxMessageBytes: 100, segmentBytes: 90 })
    const leader = { leaderEpoch: 0, appendTimeMs: -1 }

    const tooLarge = log.appendAsLeader(batchOf(['x'.repeat(60)]), 0, leader)
    const noSegment = log.appendAsLeader(batchOf(['x'.repeat(25)]), 0, leader)

    assert.equal(tooLarge.errorCode, ErrorCode.MESSAGE_TOO_LARGE)
    assert.equal(noSegment.errorCode, ErrorCode.RECORD_LIST_TOO_LARGE)
    assert.deepEqual([log.nextOffset, log.stagedBytes, log.latestEpoch], [0, 0, undefined])
  })

  test('more than a megabyte is written at once, so that a stage stays small', () => {
    const log = newLog(logWorld())
    const leader = { leaderEpoch: 0, appendTimeMs: -1 }

    for (let n = 0; n < 3; n += 1) log.appendAsLeader(batchOf(['x'.repeat(400_000)]), 0, leader)

    assert.equal(log.logEndOffset, 3)
    assert.equal(log.stagedBytes, 0)
  })

  test('a write that fails fails what was staged, and the log takes no further call', () => {
    const world = logWorld()
    const scheduler = world.scheduler
    const disk = new SimDisk({ clock: world.clock, random: new SeededRandom(1) })
    const failing = logWorld(disk.mount(world.clock), scheduler)
    const log = newLog(failing)
    append(log, batchOf(['a']))
    log.appendAsLeader(batchOf(['b']), 0, { leaderEpoch: 0, appendTimeMs: -1 })
    disk.faults.add({ code: 'ENOSPC', operations: ['write'] })

    assert.throws(() => log.writeStaged(), StorageError)

    assert.equal(log.logEndOffset, 1, 'nothing of it became visible')
    assert.ok(log.isOffline)
    assert.deepEqual(failing.reported, [
      `failure: cannot write ${DIRECTORY}/00000000000000000000.log: ENOSPC`,
    ])
    assert.throws(() => log.appendAsLeader(batchOf(['c']), 0, { leaderEpoch: 0, appendTimeMs: -1 }))
    assert.throws(() => log.read(0, 1, { upTo: 1, firstBatch: 'whole' }), StorageError)
  })

  test('epochs begin where their first record lies, and end where the next begins', () => {
    const log = newLog(logWorld())
    append(log, batchOf(['a', 'b']), 3)
    append(log, batchOf(['c']), 3)
    append(log, batchOf(['d']), 7)

    assert.deepEqual(log.endOffsetForEpoch(3), { epoch: 3, endOffset: 3 })
    assert.deepEqual(log.endOffsetForEpoch(5), { epoch: 3, endOffset: 3 })
    assert.deepEqual(log.endOffsetForEpoch(7), { epoch: 7, endOffset: 4 })
    assert.deepEqual(log.endOffsetForEpoch(1), { epoch: 1, endOffset: 0 })
    assert.equal(log.endOffsetForEpoch(8), undefined)
    assert.deepEqual([log.epochForOffset(2), log.epochForOffset(3)], [3, 7])
  })
})

describe('replicating', () => {
  test('batches are stored as the leader stored them, a cut one at the end is left out', () => {
    const leader = newLog(logWorld())
    append(leader, batchOf(['a', 'b']), 2)
    append(leader, batchOf(['c']), 3)
    const bytes = readAll(leader)
    const follower = newLog(logWorld())

    const outcome = follower.appendAsFollower(bytes, 0, bytes.length - 1)
    follower.writeStaged()
    follower.appendAsFollower(readBytes(leader, 2, 1))
    follower.writeStaged()

    assert.deepEqual([outcome.baseOffset, outcome.lastOffset], [0, 1])
    assert.deepEqual(readAll(follower), bytes)
    assert.deepEqual(follower.endOffsetForEpoch(2), { epoch: 2, endOffset: 2 })
  })

  test('a broken batch among them keeps all of them out', () => {
    const leader = newLog(logWorld())
    append(leader, batchOf(['a']))
    append(leader, batchOf(['b']))
    const bytes = readAll(leader)
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    const follower = newLog(logWorld())

    assert.equal(follower.appendAsFollower(bytes).errorCode, ErrorCode.CORRUPT_MESSAGE)
    assert.equal(follower.nextOffset, 0)
  })

  test('batches below the end of the log are out of range', () => {
    const leader = newLog(logWorld())
    append(leader, batchOf(['a']))
    const follower = newLog(logWorld())
    follower.appendAsFollower(readAll(leader))

    assert.equal(
      follower.appendAsFollower(readAll(leader)).errorCode,
      ErrorCode.OFFSET_OUT_OF_RANGE,
    )
    assert.equal(follower.nextOffset, 1)
  })
})

describe('reading', () => {
  const upTo = Infinity

  test('a fetch inside a batch gets the whole batch, and never a part of one (KIP-74)', () => {
    const log = newLog(logWorld())
    append(log, batchOf(['a', 'b', 'c']))
    append(log, batchOf(['d']))
    const first = readBytes(log, 0, 1)

    assert.deepEqual(recordTexts(first), ['0:a', '1:b', '2:c'], 'larger than the limit')
    assert.deepEqual(readBytes(log, 2, first.length + 1), first)
    assert.deepEqual(recordTexts(readBytes(log, 3, 1_000)), ['3:d'])
  })

  test('a first batch over the limit: nothing when it must fit, its beginning for fetches before v3', () => {
    const log = newLog(logWorld())
    append(log, batchOf(['abcdefgh']))

    const fitting = log.read(0, 20, { upTo, firstBatch: 'fitting' })
    const cut = log.read(0, 20, { upTo, firstBatch: 'cut' })

    assert.deepEqual([fitting.records.sizeBytes, cut.records.sizeBytes], [0, 20])
  })

  test('nothing at or above the given end is read, wherever it lies', () => {
    const log = newLog(logWorld(), { segmentBytes: 200 })
    for (const value of 'abcdefgh') append(log, batchOf([value]))

    for (let end = 0; end <= 8; end += 1) {
      const { records } = log.read(0, 10_000, { upTo: end, firstBatch: 'whole' })
      const bytes = Buffer.alloc(records.sizeBytes)
      records.read(bytes, 0)
      records.release()
      const expected = ['0:a', '1:b'].slice(0, end)
      assert.deepEqual(recordTexts(bytes), expected, `up to ${end}; a segment holds two`)
    }
  })

  test('offsets before the start and behind the end are out of range, the end itself is empty', () => {
    const log = newLog(logWorld())
    append(log, batchOf(['a', 'b']))
    log.updateHighWatermark(2)
    log.advanceStartOffset(1)

    const errorAt = (offset: number): number =>
      log.read(offset, 1, { upTo, firstBatch: 'whole' }).errorCode
    assert.deepEqual([0, 1, 2, 3].map(errorAt), [1, 0, 0, 1])
    assert.equal(log.read(2, 1_000, { upTo, firstBatch: 'whole' }).records.sizeBytes, 0)
  })

  test('whatever the limit, a reader that goes on where it ended sees every batch once', () => {
    const batches = fc.array(
      fc.array(fc.string({ maxLength: 40 }), { minLength: 1, maxLength: 4 }),
      {
        minLength: 1,
        maxLength: 30,
      },
    )
    fc.assert(
      fc.property(
        batches,
        fc.integer({ min: 0, max: 700 }),
        fc.integer({ min: 1, max: 300 }),
        (sets, maxBytes, indexIntervalBytes) => {
          const log = newLog(logWorld(), { segmentBytes: 600, indexIntervalBytes })
          const expected: string[] = []
          for (const values of sets) {
            append(log, batchOf(values))
            for (const value of values) expected.push(`${expected.length}:${value}`)
          }

          assert.deepEqual(recordTexts(readAll(log, 0, maxBytes)), expected)
          for (let offset = 0; offset < log.logEndOffset; offset += 1) {
            const texts = recordTexts(readBytes(log, offset, maxBytes))
            assert.ok(
              texts.some(text => text.startsWith(`${offset}:`)),
              `offset ${offset}`,
            )
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  test('a range can be read to its end after its segment was deleted', () => {
    const log = newLog(logWorld(), { segmentBytes: 100, retentionBytes: 0 })
    append(log, batchOf(['a']))
    append(log, batchOf(['b']))
    const { records } = log.read(0, 1_000, { upTo, firstBatch: 'whole' })
    log.updateHighWatermark(2)

    log.deleteOldSegments()

    const bytes = Buffer.alloc(records.sizeBytes)
    assert.equal(records.read(bytes, 0), bytes.length)
    assert.deepEqual(recordTexts(bytes), ['0:a'])
    records.release()
    assert.equal(log.logStartOffset, 2)
  })
})

describe('rolling', () => {
  const segmentsOf = (world: ReturnType<typeof logWorld>): string[] =>
    world.files.list(DIRECTORY).filter(name => name.endsWith('.log'))

  test('a segment rolls before it would pass segment.bytes', () => {
    const world = logWorld()
    const log = newLog(world, { segmentBytes: 200 })
    for (const value of 'abcde') append(log, batchOf([value]))

    assert.deepEqual(segmentsOf(world), [
      '00000000000000000000.log',
      '00000000000000000002.log',
      '00000000000000000004.log',
    ])
  })

  test('a segment rolls when the times of its records span segment.ms', () => {
    const world = logWorld()
    const log = newLog(world, { segmentMs: 100 })
    append(log, batchOf(['a'], { timestamp: 1_000 }))
    append(log, batchOf(['b'], { timestamp: 1_100 }))
    append(log, batchOf(['c'], { timestamp: 1_101 }))

    assert.equal(log.activeSegmentBaseOffset, 2)
  })

  test('records without a time go by the age of the segment', async () => {
    const world = logWorld()
    const log = newLog(world, { segmentMs: 100 })
    append(log, batchOf(['a'], { timestamp: -1 }))
    await world.scheduler.runFor(100)
    append(log, batchOf(['b'], { timestamp: -1 }))
    await world.scheduler.runFor(1)
    append(log, batchOf(['c'], { timestamp: -1 }))

    assert.equal(log.activeSegmentBaseOffset, 2)
  })

  test('a segment rolls when its index is full', () => {
    const log = newLog(logWorld(), { segmentIndexBytes: 24, indexIntervalBytes: 1 })
    for (const value of 'abcdef') append(log, batchOf([value]))

    assert.equal(log.segmentCount, 3)
  })

  test('a replica rolls where an offset lies too far from the base', () => {
    const log = newLog(logWorld())
    const far = batchOf(['z'], { baseOffset: 0x8000_0000 })
    append(log, batchOf(['a']))

    log.appendAsFollower(far)
    log.writeStaged()

    assert.equal(log.activeSegmentBaseOffset, 0x8000_0000)
    assert.deepEqual(recordTexts(readAll(log)), ['0:a', '2147483648:z'])
  })

  test('the indexes of a finished segment are as long as what they hold', () => {
    const world = logWorld()
    const log = newLog(world, { segmentBytes: 300, indexIntervalBytes: 1 })
    for (const value of 'abcdef') append(log, batchOf([value]))
    log.settle()

    const sizeOf = (name: string): number | undefined =>
      world.files.status(`${DIRECTORY}/${name}`)?.sizeBytes
    assert.equal(sizeOf('00000000000000000000.index'), 3 * 8, 'the first of 4 has no entry')
    assert.equal(sizeOf('00000000000000000000.timeindex'), 1 * 12, 'all records have one time')
    assert.equal(sizeOf('00000000000000000004.index'), 1_200, 'the active one is preallocated')
    assert.equal(sizeOf('00000000000000000004.timeindex'), 1_200)
  })
})

describe('dropping records', () => {
  test('retention by size keeps at least that much', () => {
    const log = newLog(logWorld(), { segmentBytes: 70, retentionBytes: 150, retentionMs: -1 })
    for (const value of 'abcde') append(log, batchOf([value]))
    log.updateHighWatermark(5)
    const batchBytes = readBytes(log, 0, 1).length

    log.deleteOldSegments()

    assert.ok(log.sizeBytes >= 150 && log.sizeBytes - batchBytes < 150)
    assert.equal(log.logStartOffset, 2)
  })

  test('retention by time goes by the newest record of a segment, and never passes the high watermark', async () => {
    const world = logWorld()
    const nowMs = world.clock.wallMs()
    const log = newLog(world, { segmentBytes: 70, retentionMs: 1_000 })
    append(log, batchOf(['a'], { timestamp: nowMs - 3_000 }))
    append(log, batchOf(['b'], { timestamp: nowMs - 2_000 }))
    append(log, batchOf(['c'], { timestamp: nowMs }))

    log.updateHighWatermark(1)
    assert.equal(log.deleteOldSegments(), 1)
    log.updateHighWatermark(3)
    assert.equal(log.deleteOldSegments(), 1)
    assert.equal(log.deleteOldSegments(), 0)
    await world.scheduler.runFor(2_000)
    assert.equal(log.deleteOldSegments(), 1, 'the active one too: a new one takes its place')
    assert.deepEqual([log.logStartOffset, log.logEndOffset, log.segmentCount], [3, 3, 1])
  })

  test('deleted files keep a suffix for file.delete.delay.ms, then they are gone', async () => {
    const world = logWorld()
    const log = newLog(world, { segmentBytes: 70, retentionBytes: 0, fileDeleteDelayMs: 60_000 })
    append(log, batchOf(['a']))
    append(log, batchOf(['b']))
    log.updateHighWatermark(2)

    log.deleteOldSegments()
    const deleted = (): string[] =>
      world.files.list(DIRECTORY).filter(name => name.endsWith('.deleted'))
    assert.equal(deleted().length, 7, 'two times log, index, timeindex; one snapshot')
    await world.scheduler.runFor(59_999)
    assert.equal(deleted().length, 7)
    await world.scheduler.runFor(1)
    assert.equal(deleted().length, 0)
  })

  test('DeleteRecords moves the start within a segment, and takes the segments before it', () => {
    const log = newLog(logWorld(), { segmentBytes: 150, deletesOldSegments: false })
    for (const value of 'abcde') append(log, batchOf([value]))
    log.updateHighWatermark(4)

    assert.equal(log.advanceStartOffset(5), ErrorCode.OFFSET_OUT_OF_RANGE)
    assert.equal(log.advanceStartOffset(3), ErrorCode.NONE)
    assert.equal(log.deleteOldSegments(), 1)

    assert.deepEqual([log.logStartOffset, log.firstSegmentBaseOffset], [3, 2])
    assert.deepEqual(recordTexts(readAll(log)), ['3:d', '4:e'])
  })

  test('a cut log ends at the offset, or before the batch that holds it, and goes on from there', async () => {
    for (let offset = 0; offset <= 9; offset += 1) {
      const log = newLog(logWorld(), { segmentBytes: 200, indexIntervalBytes: 1 })
      for (const values of ['ab', 'cd', 'ef', 'gh']) append(log, batchOf(values.split('')))
      log.updateHighWatermark(8)

      await log.truncateTo(offset)
      const end = Math.min(offset - (offset % 2), 8)
      assert.deepEqual([log.logEndOffset, log.highWatermark, log.nextOffset], [end, end, end])
      append(log, batchOf(['new']))

      const texts = recordTexts(readAll(log))
      assert.equal(texts.length, end + 1)
      assert.equal(texts.at(-1), `${end}:new`)
    }
  })

  test('a log that starts over has nothing, at the offset it is told', async () => {
    const log = newLog(logWorld())
    append(log, batchOf(['a', 'b']), 5)

    await log.truncateFullyAndStartAt(100)

    assert.deepEqual([log.logStartOffset, log.logEndOffset, log.latestEpoch], [100, 100, undefined])
    append(log, batchOf(['c']))
    assert.deepEqual(recordTexts(readAll(log)), ['100:c'])
  })
})

describe('closing and opening', () => {
  test('a log that was closed is as it was: records, epochs, producers, topic id', async () => {
    const world = logWorld()
    const log = newLog(world, { segmentBytes: 300 })
    for (const value of 'abcdef') append(log, batchOf([value]), 2)
    const timestamp = world.clock.wallMs()
    const producer = { producerId: 9, producerEpoch: 1, baseSequence: 4, timestamp }
    append(log, batchOf(['x'], producer), 2)
    const before = readAll(log)
    await log.close()

    const again = await reopen(world, { wasClean: true })

    assert.deepEqual(readAll(again), before)
    assert.deepEqual([again.logEndOffset, again.recoveryPoint], [7, 7])
    assert.deepEqual(again.endOffsetForEpoch(2), { epoch: 2, endOffset: 7 })
    assert.equal(again.producers.get(9)?.lastSequence, 4)
    assert.equal(again.topicId, 'AAAAAAAAAAAAAAAAAAAABA')
  })

  test('the recovery point moves with a flush, over rolled segments too', async () => {
    const log = newLog(logWorld(), { segmentBytes: 150 })
    for (const value of 'abcde') append(log, batchOf([value]))

    await log.flush()

    assert.equal(log.recoveryPoint, 5)
  })

  test('flush.messages makes an append wait for the disk', async () => {
    const log = newLog(logWorld(), { flushMessages: 2 })
    append(log, batchOf(['a']))
    assert.equal(log.isFlushDue, false)
    append(log, batchOf(['b']))
    assert.equal(log.isFlushDue, true)
    await log.flush()
    assert.equal(log.isFlushDue, false)
  })
})

test(
  'a log whose first append after a restart begins a segment can be flushed and closed',
  { timeout: 5_000 },
  async () => {
    const world = logWorld()
    const first = newLog(world, { segmentBytes: 100 })
    append(first, batchOf(['a']))
    await first.close()
    const log = await reopen(world, { wasClean: true, config: { segmentBytes: 100 } })

    append(log, batchOf(['b']))
    await log.flush()

    assert.equal(log.segmentCount, 2)
    assert.equal(log.recoveryPoint, 2)
    await log.close()
  },
)
