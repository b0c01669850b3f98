import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Scheduler, SimClock } from '../sim/index.ts'
import { KeyedTimers } from './keyed-timers.ts'

function bench() {
  const scheduler = new Scheduler()
  const ended: [number, string][] = []
  const timers = new KeyedTimers<string>(new SimClock(scheduler), event => {
    ended.push([scheduler.nowMs, event])
  })
  return { scheduler, timers, ended }
}

test('a timer that is armed again ends after the new delay only, be it longer or shorter', async () => {
  const { scheduler, timers, ended } = bench()
  timers.arm('longer', 'longer', 10)
  timers.arm('shorter', 'shorter', 100)
  await scheduler.runFor(5)

  timers.arm('longer', 'longer again', 10)
  timers.arm('shorter', 'shorter again', 1)
  await scheduler.runFor(200)

  assert.deepEqual(ended, [
    [6, 'shorter again'],
    [15, 'longer again'],
  ])
  assert.equal(timers.size, 0)
})

test('a timer prolonged many times costs the clock one wake-up a delay', async () => {
  const { scheduler, timers, ended } = bench()
  for (let heartbeat = 0; heartbeat < 100; heartbeat += 1) {
    timers.arm('session', 'expired', 10)
    await scheduler.runFor(3)
  }
  const endedMeanwhile = ended.length

  await scheduler.runFor(10)

  assert.equal(endedMeanwhile, 0)
  assert.deepEqual(ended, [[307, 'expired']])
})

test('a timer that was disarmed, or cleared with all others, does not end', async () => {
  const { scheduler, timers, ended } = bench()
  timers.arm('a', 'a', 10)
  timers.arm('b', 'b', 10)

  timers.disarm('a')
  timers.disarm('never armed')
  await scheduler.runFor(5)
  timers.clear()
  await scheduler.runFor(20)

  assert.deepEqual(ended, [])
})
