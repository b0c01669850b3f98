/**
 * Time, as the only clock the house may read. Two readings that must not be confused: wall time,
 * which names moments for users and may jump, and monotonic time, which measures spans.
 */

/** A timer that was armed; `cancel` after it fired does nothing. */
export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Milliseconds since 1970, as the operating system believes. May jump either way. */
  wallMs(): number
  /** Milliseconds since an arbitrary start, with a fraction; never goes back. */
  monotonicMs(): number
  /**
   * Calls `action` once after `delayMs` of monotonic time; any length is allowed. A pending timer
   * keeps the process alive only with `holdsProcess`: a deadline must not delay an exit, a pause
   * somebody waits for must.
   */
  after(delayMs: number, action: () => void, options?: { holdsProcess?: boolean }): Timer
  /** Calls `action` every `periodMs`, the first time after one period. Never keeps the process alive. */
  every(periodMs: number, action: () => void): Timer
  /** Calls `action` when the current turn of the event loop has handled its input: work can be gathered until then. */
  soon(action: () => void): void
}

/** Resolves after `delayMs`, for which it keeps the process alive, or rejects with the signal's reason as soon as it aborts. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error)
      return
    }
    const onAbort = (): void => {
      timer.cancel()
      reject(signal?.reason as Error)
    }
    const wake = (): void => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }
    const timer = clock.after(delayMs, wake, { holdsProcess: true })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
