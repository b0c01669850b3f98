import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  append,
  batchOf,
  DIRECTORY,
  logWorld,
  newLog,
  readAll,
  recordTexts,
  reopen,
} from '../../test/support/logs.ts'
import { SeededRandom, SimDisk } from '../sim/index.ts'
import type { LogWorld } from '../../test/support/logs.ts'
import type { PartitionLog } from './partition-log.ts'

const options = { upTo: Infinity, firstBatch: 'whole' } as const

/** A log that was closed in order and opened again, after a bit of a closed segment was flipped. */
async function damagedLog(position: number): Promise<{ world: LogWorld; log: PartitionLog }> {
  const first = logWorld()
  const disk = new SimDisk({ clock: first.clock, random: new SeededRandom(1), delayMsMax: 0 })
  const world = logWorld(disk.mount(first.clock), first.scheduler)
  const log = newLog(world, { segmentBytes: 200, indexIntervalBytes: 1 })
  for (const value of 'abcdefgh') append(log, batchOf([value]))
  const closing = log.close()
  await world.scheduler.runUntilIdle()
  await closing
  disk.flipBit(`${DIRECTORY}/00000000000000000002.log`, position, 3)
  const opening = reopen(world, { wasClean: true, config: { segmentBytes: 200 } })
  await world.scheduler.runUntilIdle()
  return { world, log: await opening }
}

async function warm(world: LogWorld, log: PartitionLog, offset: number): Promise<void> {
  const warming = log.warm(offset, 1_000)
  await world.scheduler.runUntilIdle()
  await warming
}

test('what was found on the disk is read and checked before it is served, what was appended is not', async () => {
  const { world, log } = await damagedLog(0)
  assert.equal(log.isWarm(0, 1_000), false)

  await warm(world, log, 0)

  assert.equal(log.isWarm(0, 1_000), true)
  assert.equal(log.isWarm(1, 10), true)
  append(log, batchOf(['new']))
  assert.equal(log.isWarm(8, 1_000), true)
})

for (const [what, position] of [
  ['a record', 69 + 65],
  ['a checksum', 69 + 18],
  ['the size of a batch', 69 + 9],
  ['the magic of a batch', 69 + 16],
  ['an offset', 69 + 6],
] as const) {
  test(`a bit flipped in ${what} is found, nothing is cut, and the log is served up to there`, async () => {
    const { world, log } = await damagedLog(position)

    await warm(world, log, 2)

    assert.equal(log.damage?.offset, 3)
    assert.deepEqual(world.reported, ['damage at 3'])
    assert.equal(log.logEndOffset, 8)
    assert.deepEqual(recordTexts(readAll(log, 0, 1)), ['0:a', '1:b', '2:c'])
    assert.equal(log.read(3, 1_000, options).errorCode, 56)
    assert.equal(log.read(5, 1_000, options).errorCode, 56)
    assert.equal(
      log.appendAsLeader(batchOf(['x']), 0, { leaderEpoch: 1, appendTimeMs: -1 }).errorCode,
      56,
    )
    assert.ok(log.recoveryPoint <= 3, 'the next start looks at it again')
  })
}

test('a damaged header that only a read meets is found as well', async () => {
  const { world, log } = await damagedLog(69 + 16)

  const { errorCode } = log.read(3, 1_000, options)
  await world.scheduler.runUntilIdle()

  assert.equal(errorCode, 56)
  assert.equal(log.damage?.offset, 3)
})

test('dropping the damage cuts from there on, and the log can be filled again', async () => {
  const { world, log } = await damagedLog(69 + 65)
  await warm(world, log, 2)

  const dropping = log.dropDamaged()
  await world.scheduler.runUntilIdle()
  await dropping

  assert.deepEqual([log.damage, log.logEndOffset], [undefined, 3])
  append(log, batchOf(['again']))
  assert.deepEqual(recordTexts(readAll(log)), ['0:a', '1:b', '2:c', '3:again'])
})

test('what is staged when damage is found is written before the segment is closed to appends', async () => {
  const { world, log } = await damagedLog(69 + 65)
  log.appendAsLeader(batchOf(['new']), 0, { leaderEpoch: 0, appendTimeMs: -1 })

  await warm(world, log, 2)

  assert.equal(log.stagedBytes, 0)
  assert.equal(log.logEndOffset, 9)
})
