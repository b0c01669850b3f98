/**
 * Work that waits for the disk and that nobody waits for: syncs after a roll, removal of files. A
 * few tasks run at a time, so that a thousand segments that end together do not fill the thread pool.
 */
import type { Clock, Timer } from '../host/index.ts'

type Task = () => Promise<void>

export class BackgroundWork {
  readonly #clock: Clock
  readonly #parallel: number
  readonly #onError: (error: unknown) => void
  readonly #queue: Task[] = []
  readonly #timers = new Set<Timer>()
  #running = 0
  #isClosed = false
  #onIdle: (() => void) | undefined

  /** @param onError told of what a task throws */
  constructor(clock: Clock, parallel: number, onError: (error: unknown) => void) {
    this.#clock = clock
    this.#parallel = parallel
    this.#onError = onError
  }

  /** Runs the task when its turn comes. */
  add(task: Task): void {
    if (this.#isClosed) return
    this.#queue.push(task)
    this.#start()
  }

  /** The same for a caller that waits; rejects with what the task throws, or when the work is closed first. */
  run(task: Task): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) reject(new Error('closed'))
      this.add(async () => {
        await task().then(resolve, reject)
      })
    })
  }

  /** Adds the task after `delayMs`, unless the work is closed first. */
  addLater(delayMs: number, task: Task): void {
    if (this.#isClosed) return
    const timer = this.#clock.after(delayMs, () => {
      this.#timers.delete(timer)
      this.add(task)
    })
    this.#timers.add(timer)
  }

  #start(): void {
    while (this.#running < this.#parallel) {
      const task = this.#queue.shift()
      if (task === undefined) break
      this.#running += 1
      void this.#run(task)
    }
    if (this.#running === 0) this.#onIdle?.()
  }

  async #run(task: Task): Promise<void> {
    try {
      await task()
    } catch (error) {
      this.#onError(error)
    }
    this.#running -= 1
    this.#start()
  }

  /** Drops what has not begun; resolves when the rest is done. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#queue.length = 0
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
    if (this.#running === 0) return
    await new Promise<void>(resolve => {
      this.#onIdle = resolve
    })
  }
}
