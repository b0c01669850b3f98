import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../host/index.ts'
import { ThroughputThrottler } from './throughput-throttler.ts'

/** Timers fire at once, and move the time. */
function fastClock() {
  const clock = { nowMs: 1_000, pausesMs: [] as number[] }
  const face = {
    wallMs: () => clock.nowMs,
    monotonicMs: () => clock.nowMs,
    after: (delayMs: number, action: () => void) => {
      clock.pausesMs.push(delayMs)
      clock.nowMs += delayMs
      queueMicrotask(action)
      return { cancel: () => undefined }
    },
  }
  return { clock, face: face as unknown as Clock }
}

const { signal } = new AbortController()

test('who is too fast pauses as long as one thing may take', async () => {
  const { clock, face } = fastClock()
  const throttler = new ThroughputThrottler(face, 10)

  await throttler.pace(0, 1_001, signal)
  await throttler.pace(5, 1_100, signal)

  assert.deepEqual(clock.pausesMs, [100])
})

test('pauses too short for a timer are saved up', async () => {
  const { clock, face } = fastClock()
  const throttler = new ThroughputThrottler(face, 1_000)

  await throttler.pace(100, 1_001, signal)
  assert.deepEqual(clock.pausesMs, [])
  await throttler.pace(101, 1_001, signal)

  assert.deepEqual(clock.pausesMs, [2])
})

test('below 0 there is no limit', async () => {
  const { clock, face } = fastClock()
  await new ThroughputThrottler(face, -1).pace(1_000_000, 1_001, signal)
  assert.deepEqual(clock.pausesMs, [])
})
