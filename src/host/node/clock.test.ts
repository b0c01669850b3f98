import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { nodeClock } from './clock.ts'

test('a delay beyond what Node can wait for is waited for in full', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const action = mock.fn()
  const delayMs = 3 * 2 ** 31

  nodeClock.after(delayMs, action)
  for (let waited = 0; waited < delayMs - 1; waited += 2 ** 30) t.mock.timers.tick(2 ** 30 - 1)
  assert.equal(action.mock.callCount(), 0)
  for (let waited = 0; waited < 10; waited++) t.mock.timers.tick(2 ** 30)

  assert.equal(action.mock.callCount(), 1)
})

test('a cancelled delay does not fire, whichever slice it is in', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const action = mock.fn()
  const timer = nodeClock.after(2 ** 32, action)

  t.mock.timers.tick(2 ** 31)
  timer.cancel()
  t.mock.timers.tick(2 ** 32)

  assert.equal(action.mock.callCount(), 0)
})
