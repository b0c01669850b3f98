import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sleep } from '../host/index.ts'
import { SimClock } from './clock.ts'
import { Lifetime, Scheduler } from './scheduler.ts'

test('events run by time, and those of one moment in the order they were made', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(5), { maxLength: 40 }), async delays => {
      const scheduler = new Scheduler()
      const ran: [delayMs: number, made: number][] = []
      delays.forEach((delayMs, made) => scheduler.after(delayMs, () => ran.push([delayMs, made])))

      await scheduler.runUntilIdle()

      const expected = delays.map((delayMs, made): [number, number] => [delayMs, made])
      assert.deepEqual(
        ran,
        expected.sort((left, right) => left[0] - right[0] || left[1] - right[1]),
      )
    }),
    { numRuns: 50 },
  )
})

test('promise jobs, however long their chain, end before the next event', async () => {
  const scheduler = new Scheduler()
  const order: string[] = []
  const chain = async (): Promise<void> => {
    for (let hop = 0; hop < 50; hop++) await Promise.resolve()
    order.push('chain of the first')
  }
  scheduler.after(1, () => void chain())
  scheduler.after(1, () => order.push('second'))

  await scheduler.runUntilIdle()

  assert.deepEqual(order, ['chain of the first', 'second'])
})

test('time passes without waiting: a month of periods takes no time', async () => {
  const scheduler = new Scheduler()
  const clock = new SimClock(scheduler)
  let ticks = 0
  clock.every(3_600_000, () => ticks++)

  await scheduler.runFor(30 * 24 * 3_600_000)

  assert.equal(ticks, 720)
  assert.equal(clock.monotonicMs(), 2_592_000_000)
})

test('periods do not keep a run going, and what was cancelled does not run', async () => {
  const scheduler = new Scheduler()
  const clock = new SimClock(scheduler)
  const ran: string[] = []
  const period = clock.every(10, () => ran.push('period'))
  clock.after(25, () => ran.push('once'))
  clock.after(20, () => ran.push('never')).cancel()

  await scheduler.runUntilIdle()
  period.cancel()
  await scheduler.runFor(100)

  assert.deepEqual(ran, ['period', 'period', 'once'])
})

test('a run ends at its condition or at its limit, and says which', async () => {
  const scheduler = new Scheduler()
  let isDone = false
  scheduler.after(50, () => {
    isDone = true
  })

  assert.equal(await scheduler.runUntil(() => isDone, 49), false)
  assert.equal(scheduler.nowMs, 49)
  assert.equal(await scheduler.runUntil(() => isDone, 49), true)
  assert.equal(scheduler.nowMs, 50)
})

test('a dead process runs nothing more', async () => {
  const scheduler = new Scheduler()
  const lifetime = new Lifetime()
  const clock = new SimClock(scheduler, lifetime)
  let ran = 0
  clock.after(5, () => ran++)
  clock.every(1, () => ran++)

  await scheduler.runFor(2)
  lifetime.end()
  await scheduler.runFor(100)

  assert.equal(ran, 2)
})

test('a paused process catches up in order, and can still cancel what came due meanwhile', async () => {
  const scheduler = new Scheduler()
  const lifetime = new Lifetime()
  const clock = new SimClock(scheduler, lifetime)
  const ran: string[] = []
  clock.after(1, () => {
    ran.push('first')
    second.cancel()
  })
  const second = clock.after(2, () => ran.push('second'))
  clock.after(3, () => ran.push('third'))

  lifetime.pause()
  await scheduler.runFor(10)
  assert.deepEqual(ran, [])
  lifetime.resume()

  assert.deepEqual(ran, ['first', 'third'])
})

test('the wall clock can jump, spans do not notice', async () => {
  const scheduler = new Scheduler()
  const clock = new SimClock(scheduler)
  const before = clock.wallMs()
  let wokenMs = -1
  const sleeping = sleep(clock, 100).then(() => {
    wokenMs = clock.monotonicMs()
  })

  clock.jumpWall(-3_600_000)
  await scheduler.runFor(200)
  await sleeping

  assert.equal(wokenMs, 100)
  assert.equal(clock.wallMs(), before - 3_600_000 + 200)
})

test('a sleep ends at once when its signal aborts, and its timer with it', async () => {
  const scheduler = new Scheduler()
  const clock = new SimClock(scheduler)
  const stopping = new AbortController()
  const sleeping = sleep(clock, 1_000, stopping.signal)

  stopping.abort(new Error('stopping'))

  await assert.rejects(sleeping, { message: 'stopping' })
  await scheduler.runUntilIdle()
  assert.equal(scheduler.nowMs, 0)
})
