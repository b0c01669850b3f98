/**
 * The process dies before any step that a cleaning takes on the disk: the next start finds every key's
 * last value at its offset, nothing half done, and the cleaning can be done again.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  compactedWorld,
  keyedBatch,
  name,
  put,
  rollOver,
  textsOf,
} from '../../../test/support/compacted.ts'
import { MortalFiles } from '../../../test/support/mortal-files.ts'
import { MemoryFiles, Scheduler, SimClock } from '../../sim/index.ts'

const KEYS = 3

/** @returns how many steps a whole cleaning takes, or `undefined` when the process died before */
async function cleanAndDie(stepsLeft: number): Promise<number | undefined> {
  const scheduler = new Scheduler()
  const disk = new MemoryFiles({ clock: new SimClock(scheduler) })
  const mortal = new MortalFiles(disk)
  const world = compactedWorld({ files: mortal.files, scheduler })
  const log = world.directories.create({ ...name, topicId: undefined })
  for (let n = 0; n < 24; n += 1) {
    put(log, keyedBatch([[`key-${n % KEYS}`, `${n}`.padEnd(80, 'x')]]))
  }
  rollOver(log)
  const expected = [21, 22, 23].map(n => `${n}:key-${n % KEYS}=${`${n}`.padEnd(80, 'x')}`)
  // What is owed from before the cleaning is not what this is about.
  await scheduler.runFor(1_000)
  mortal.stepsLeft = stepsLeft

  let isOver = false
  const cleaning = world.cleaner.cleanFilthiest().then(
    () => (isOver = true),
    () => (isOver = true),
  )
  await scheduler.runUntil(() => isOver, 600_000)
  await cleaning
  const taken = stepsLeft - mortal.stepsLeft
  world.directories.unlock()

  const next = compactedWorld({ files: disk, scheduler })
  await next.settled(next.directories.load())
  const reopened = next.directories.get(name)
  assert.ok(reopened !== undefined)
  assert.equal(reopened.logEndOffset, log.logEndOffset)
  const names = disk.list(reopened.directory)
  assert.deepEqual(names.filter(file => /cleaned|swap|deleted/.test(file)), []) // prettier-ignore
  const texts = await textsOf(reopened)
  assert.deepEqual(texts.slice(-KEYS), expected, `died before step ${stepsLeft}`)
  reopened.updateHighWatermark(reopened.logEndOffset)
  await next.clean()
  assert.deepEqual(await textsOf(reopened), expected, `cleaned again after step ${stepsLeft}`)
  return mortal.isDead ? undefined : taken
}

test('a process that dies before any step of a cleaning leaves a log that is whole', async () => {
  let steps = 1
  while ((await cleanAndDie(steps)) === undefined) steps += 1

  assert.ok(steps > 30, `a cleaning takes only ${steps} steps`)
})
