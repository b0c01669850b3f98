import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Scheduler, SimClock } from '../sim/index.ts'
import { ReplicationThrottle } from './replication-throttle.ts'

function throttle(rate: number, replicas: readonly string[]) {
  const scheduler = new Scheduler()
  const made = new ReplicationThrottle({
    ...{ clock: new SimClock(scheduler), brokerId: 2, rate: () => rate },
    windows: () => ({ count: 11, sizeMs: 1_000 }),
    replicasOf: () => replicas,
  })
  return { throttle: made, scheduler }
}

test('over the rate a throttled replica waits, until what it had is long enough ago', async () => {
  const { throttle: one, scheduler } = throttle(1_000, ['0:2', '1:3'])

  one.record('t', 0, 5_000)

  assert.equal(one.mustWait('t', 0), true)
  await scheduler.runFor(4_000)
  assert.equal(one.mustWait('t', 0), true)
  await scheduler.runFor(1_000)
  assert.equal(one.mustWait('t', 0), false)
})

test('other replicas neither wait nor count', () => {
  const { throttle: one } = throttle(1_000, ['0:2', '1:3'])

  one.record('t', 1, 50_000)
  assert.equal(one.mustWait('t', 0), false)

  one.record('t', 0, 50_000)
  assert.equal(one.mustWait('t', 1), false, 'the pair names another broker')
})

test('a star stands for all replicas, and without a rate nobody waits', () => {
  const { throttle: all } = throttle(1_000, ['*'])
  const { throttle: free } = throttle(Infinity, ['*'])
  for (const one of [all, free]) one.record('t', 7, 50_000)

  assert.deepEqual([all.mustWait('t', 3), free.mustWait('t', 3)], [true, false])
})

test('a rate of 0 stops copying after the first bytes', () => {
  const { throttle: none } = throttle(0, ['*'])

  assert.equal(none.mustWait('t', 0), false)
  none.record('t', 0, 1)
  assert.equal(none.mustWait('t', 0), true)
})
