import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import {
  append,
  batchOf,
  logWorld,
  newLog,
  readAll,
  recordTexts,
  smallConfig,
} from '../../test/support/logs.ts'
import { createLog } from '../log/log-loader.ts'
import type { PartitionLog } from '../log/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import { Following } from './following.ts'

/** A leader's log with these batches, one record each, and an empty one of a follower. */
function pair(values: readonly string[]) {
  const world = logWorld()
  const leader = newLog(world)
  for (const value of values) append(leader, batchOf([value]), 3)
  const follower = createLog(world.context, {
    ...{ topic: 'copies', partition: 0, directory: '/logs/copies-0', config: smallConfig() },
    topicId: undefined,
  })
  let progress = 0
  const following = new Following(
    () => follower,
    () => (progress += 1),
  )
  return { world, leader, follower, following, progress: () => progress }
}

const fetched = (leader: PartitionLog, change: { from?: number; highWatermark?: number } = {}) => ({
  records: readAll(leader, change.from ?? 0),
  highWatermark: change.highWatermark ?? leader.logEndOffset,
  logStartOffset: leader.logStartOffset,
})

test('a follower has what its leader has, epochs included, and knows what is committed', async () => {
  const { leader, follower, following, progress } = pair(['a', 'b', 'c'])

  const errorCode = await following.append(fetched(leader, { highWatermark: 2 }))

  assert.equal(errorCode, ErrorCode.NONE)
  assert.deepEqual(readAll(follower), readAll(leader))
  assert.deepEqual([follower.latestEpoch, follower.highWatermark, progress()], [3, 2, 1])
})

test('what was committed stays so under a new leader that does not know it yet', async () => {
  const { leader, follower, following } = pair(['a', 'b', 'c'])
  await following.append(fetched(leader))

  await following.append({ records: null, highWatermark: 1, logStartOffset: 0 })

  assert.equal(follower.highWatermark, 3)
})

test('a copy of a log that begins within a batch begins with that batch', async () => {
  const { world, leader, follower, following } = pair([])
  append(leader, batchOf(['a', 'b', 'c', 'd']), 3)
  leader.updateHighWatermark(4)
  leader.advanceStartOffset(2)
  await following.restartAt(2)

  const errorCode = await following.append(fetched(leader, { from: 2 }))

  assert.deepEqual([errorCode, follower.logStartOffset, follower.logEndOffset], [0, 2, 4])
  assert.deepEqual(recordTexts(readAll(follower)), ['0:a', '1:b', '2:c', '3:d'])
  assert.deepEqual(
    world.reported.filter(text => text.startsWith('failure')),
    [],
  )
})

test('a batch that was damaged on its way is not kept', async () => {
  const { leader, follower, following } = pair(['a'])
  const { records, ...rest } = fetched(leader)
  records.writeUInt8(records.readUInt8(66) ^ 1, 66)

  assert.equal(await following.append({ records, ...rest }), ErrorCode.CORRUPT_MESSAGE)
  assert.equal(follower.logEndOffset, 0)
})

test('an epoch that this broker led without a record is given up for the epoch of others', async () => {
  const { leader, follower, following } = pair(['a', 'b'])
  await following.append(fetched(leader))
  follower.beginEpoch(4)

  const isComplete = await following.cutTo({ epoch: 3, endOffset: 2 })

  assert.deepEqual([isComplete, follower.logEndOffset, follower.latestEpoch], [true, 2, 3])
})

test('what an unclean leader lacks is cut, the high watermark with it', async () => {
  const { leader, follower, following } = pair(['a', 'b', 'c', 'd'])
  await following.append(fetched(leader))

  await following.cutTo({ epoch: 3, endOffset: 1 })

  assert.deepEqual([follower.logEndOffset, follower.highWatermark], [1, 1])
  assert.equal(following.isBusy, false)
})
