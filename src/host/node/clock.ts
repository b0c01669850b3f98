/**
 * Time from Node. A deadline or a period must not keep a finished process alive, so these timers
 * are unref'd unless the caller says that somebody waits for them.
 */
import { performance } from 'node:perf_hooks'
import type { Clock, Timer } from '../clock.ts'

/** The longest delay Node takes; it turns a longer one into 1 ms. */
const maxDelayMs = 2 ** 31 - 1

export const nodeClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, action, options) => armOnce(delayMs, action, options?.holdsProcess ?? false),
  every(periodMs, action) {
    const timer = setInterval(action, Math.min(periodMs, maxDelayMs)).unref()
    return { cancel: () => clearInterval(timer) }
  },
  soon(action) {
    setImmediate(action)
  },
}

/** Delays beyond Node's limit (24.8 days; retention and expiry settings allow them) are waited for in slices. */
function armOnce(delayMs: number, action: () => void, holdsProcess: boolean): Timer {
  let leftMs = delayMs
  let timer = arm()
  return { cancel: () => clearTimeout(timer) }

  function arm(): NodeJS.Timeout {
    const sliceMs = Math.min(leftMs, maxDelayMs)
    leftMs -= sliceMs
    const armed = setTimeout(fire, sliceMs)
    return holdsProcess ? armed : armed.unref()
  }
  function fire(): void {
    if (leftMs > 0) timer = arm()
    else action()
  }
}
