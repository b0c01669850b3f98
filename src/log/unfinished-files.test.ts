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
  type LogWorld,
} from '../../test/support/logs.ts'

/** Segments at 0, 2, 4 of two records each. */
async function closedLog(): Promise<LogWorld> {
  const world = logWorld()
  const log = newLog(world, { segmentBytes: 200 })
  for (const value of 'abcdef') append(log, batchOf([value]))
  await log.close()
  return world
}

const segment = (offset: number, ending: string): string =>
  `${DIRECTORY}/${String(offset).padStart(20, '0')}${ending}`

const names = ({ files }: LogWorld): string[] =>
  files.list(DIRECTORY).filter(name => /^\d/.test(name) && name.endsWith('.log'))

test('files marked for deletion go, and so do halves of a compaction', async () => {
  const world = await closedLog()
  world.files.rename(segment(0, '.log'), segment(0, '.log.deleted'))
  world.files.rename(segment(0, '.index'), segment(0, '.index.deleted'))
  world.files.writeFile(segment(2, '.log.cleaned'), 'half')
  world.files.writeFile(segment(2, '.timeindex.cleaned'), 'half')

  const log = await reopen(world, { wasClean: true, config: { segmentBytes: 200 } })

  assert.deepEqual(recordTexts(readAll(log)), ['2:c', '3:d', '4:e', '5:f'])
  const odd = /\.(deleted|cleaned|swap)$|^00000000000000000000/
  assert.deepEqual(
    world.files.list(DIRECTORY).filter(name => odd.test(name)),
    [],
  )
})

test('a finished swap takes the place of the segments it covers', async () => {
  const world = await closedLog()
  const compacted = batchOf(['c', 'f'], { baseOffset: 0, leaderEpoch: 0 })
  // As compaction leaves it: one record of the first two segments, the last offset kept.
  compacted.writeInt32BE(3, 23)
  world.files.writeFile(segment(0, '.log.swap'), compacted)
  world.files.writeFile(segment(0, '.index.swap'), '')
  world.files.writeFile(segment(0, '.timeindex.swap'), '')

  const log = await reopen(world, { wasClean: true, config: { segmentBytes: 200 } })

  assert.deepEqual(names(world), ['00000000000000000000.log', '00000000000000000004.log'])
  assert.equal(log.logEndOffset, 6)
  assert.deepEqual(recordTexts(readAll(log)), ['0:c', '1:f', '4:e', '5:f'])
})

test('a swap at or behind a cleaned file belongs to a split that did not finish', async () => {
  const world = await closedLog()
  world.files.writeFile(segment(2, '.log.swap'), 'worthless')
  world.files.writeFile(segment(2, '.log.cleaned'), 'half')

  const log = await reopen(world, { wasClean: true, config: { segmentBytes: 200 } })

  assert.equal(recordTexts(readAll(log)).length, 6)
})

test('an index without its segment goes', async () => {
  const world = await closedLog()
  world.files.remove(segment(0, '.log'))

  const log = await reopen(world, { wasClean: true, config: { segmentBytes: 200 } })

  assert.equal(world.files.status(segment(0, '.index')), undefined)
  assert.deepEqual([log.logStartOffset, log.logEndOffset], [2, 6])
})

test('a log start behind the log end means that segments went missing: the log starts over', async () => {
  const world = await closedLog()

  const log = await reopen(world, { wasClean: true, logStartOffset: 50 })

  assert.deepEqual([log.logStartOffset, log.logEndOffset], [50, 50])
  assert.equal(append(log, batchOf(['x'])), 50)
})
