/** Tries something again until it succeeds, fails for good, or its time is over. */
import { NetworkError, sleep, type Host } from '../../host/index.ts'
import { isWorthRetrying, KafkaError } from '../errors.ts'
import { backoffMs, type BackoffRange } from './backoff.ts'

export interface RetryOptions {
  /** For the error when time is over: `listTopics`. */
  readonly name: string
  readonly timeoutMs: number
  readonly backoff: BackoffRange
  /** Further attempts after the first; default: as many as the time allows. */
  readonly retries?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** What an attempt may know of its place. */
export interface Attempt {
  /** Until the deadline of the whole. */
  readonly remainingMs: () => number
}

/**
 * @throws the first error that is not worth retrying; the signal's reason
 * @throws KafkaError REQUEST_TIMED_OUT after `timeoutMs` or `retries`, the last error as its cause
 */
export async function retry<T>(
  host: Pick<Host, 'clock' | 'random'>,
  options: RetryOptions,
  attempt: (place: Attempt) => Promise<T>,
): Promise<T> {
  const { clock, random } = host
  const deadlineMs = clock.monotonicMs() + options.timeoutMs
  const deadlineWallMs = clock.wallMs() + options.timeoutMs
  const { retries = Infinity } = options
  const remainingMs = (): number => deadlineMs - clock.monotonicMs()
  for (let failures = 1; ; failures += 1) {
    options.signal?.throwIfAborted()
    const promise = attempt({ remainingMs })
    try {
      return await within(host, promise, remainingMs(), options.signal)
    } catch (error) {
      const pauseMs = backoffMs(failures, options.backoff, random)
      const isOver = error === timeIsOver || remainingMs() <= pauseMs
      if (error !== timeIsOver && !isWorthRetrying(error)) throw error
      const last = { error, failures, deadlineWallMs, host }
      if (error !== timeIsOver && failures > retries) throw outOfTries(options.name, last)
      if (isOver && error !== timeIsOver && remainingMs() > 0) {
        await sleep(clock, remainingMs(), options.signal)
      }
      if (isOver) throw outOfTime(options.name, last)
      await sleep(clock, pauseMs, options.signal)
    }
  }
}

const timeIsOver = new KafkaError('REQUEST_TIMED_OUT')

/** Gives up waiting for `promise`, which goes on unobserved, when time is over. */
export async function within<T>(
  { clock }: Pick<Host, 'clock'>,
  promise: Promise<T>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      timer.cancel()
      signal?.removeEventListener('abort', onAbort)
    }
    const onAbort = (): void => {
      finish()
      reject(signal?.reason as Error)
    }
    const giveUp = (): void => {
      finish()
      reject(timeIsOver)
    }
    const timer = clock.after(Math.max(timeoutMs, 0), giveUp, { holdsProcess: true })
    signal?.addEventListener('abort', onAbort, { once: true })
    promise.finally(finish).then(resolve, reject)
  })
}

interface LastTry {
  readonly error: unknown
  readonly failures: number
  readonly deadlineWallMs: number
  readonly host: Pick<Host, 'clock'>
}

/** Words as KafkaAdminClient has them: tools print them. */
function outOfTime(name: string, last: LastTry): KafkaError {
  const { error } = last
  const neverSent = error instanceof NetworkError || error === timeIsOver
  if (!neverSent) return outOfTries(name, last)
  const message = `Timed out waiting for a node assignment. Call: ${name}`
  return new KafkaError('REQUEST_TIMED_OUT', message, { cause: error, retriable: true })
}

function outOfTries(name: string, last: LastTry): KafkaError {
  const { error, failures, deadlineWallMs, host } = last
  const nowMs = host.clock.wallMs()
  const message =
    `Call(callName=${name}, deadlineMs=${Math.floor(deadlineWallMs)}, tries=${failures}, ` +
    `nextAllowedTryMs=${nowMs}) timed out at ${nowMs} after ${failures} attempt(s)`
  return new KafkaError('REQUEST_TIMED_OUT', message, { cause: error, retriable: true })
}
