/**
 * Threads over `node:worker_threads`. One is started when a task needs it and ended when it had
 * nothing to do for a while, so that a broker without long work keeps no memory for any.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { StorageError } from '../files.ts'
import {
  sameThread,
  TaskCancelledError,
  type Task,
  type TaskControl,
  type Threads,
} from '../threads.ts'
import { nodeClock } from './clock.ts'
import { nodeFiles } from './files.ts'
import type { FromThread, TaskFailure, ToThread } from './thread-messages.ts'

/** A thread that waits for longer is ended. */
const IDLE_MS = 5_000

/** The folder of the modules as built, also seen from a bundle beside it; `undefined` in a foreign bundle. */
function builtModules(): URL | undefined {
  const at = import.meta.url.lastIndexOf('/dist/')
  if (at < 0) return undefined
  const folder = new URL(`${import.meta.url.slice(0, at)}/dist/src/`)
  return existsSync(fileURLToPath(new URL('host/node/thread-entry.js', folder)))
    ? folder
    : undefined
}

export class NodeThreads implements Threads {
  readonly #idle: { readonly worker: Worker; readonly timer: NodeJS.Timeout }[] = []
  readonly #modules = builtModules()

  run<Order, News, Result>(
    task: Task<Order, News, Result>,
    order: Order,
    control: TaskControl<News>,
  ): Promise<Result> {
    const modules = this.#modules
    if (modules === undefined) {
      return sameThread({ files: nodeFiles, clock: nodeClock }).run(task, order, control)
    }
    return this.#perform(
      { moduleUrl: new URL(`${task.module}.js`, modules).href, order },
      new URL('host/node/thread-entry.js', modules),
      control as TaskControl<unknown>,
    ) as Promise<Result>
  }

  async #perform(
    assignment: Omit<ToThread, 'cancelled'>,
    entry: URL,
    { onNews, signal }: TaskControl<unknown>,
  ): Promise<unknown> {
    const worker = this.#takeIdle() ?? new Worker(entry)
    // Somebody waits for it: the process lives as long.
    worker.ref()
    const cancelled = new SharedArrayBuffer(4)
    const cancel = (): void => {
      Atomics.store(new Int32Array(cancelled), 0, 1)
    }
    if (signal.aborted) cancel()
    signal.addEventListener('abort', cancel)
    const state = { hasEnded: false }
    try {
      return await new Promise((resolve, reject) => {
        worker.on('message', (message: FromThread) => {
          if (message.type === 'news') onNews(message.news)
          else if (message.type === 'result') resolve(message.result)
          else reject(errorOf(message.failure))
        })
        worker.once('error', error => {
          state.hasEnded = true
          reject(error)
        })
        worker.once('exit', code => {
          state.hasEnded = true
          reject(new Error(`a thread ended with ${code} in the middle of its work`))
        })
        worker.postMessage({ ...assignment, cancelled } satisfies ToThread)
      })
    } finally {
      signal.removeEventListener('abort', cancel)
      // Each by name: without one, it also removes what Node itself listens to.
      for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event)
      if (!state.hasEnded) this.#keepIdle(worker)
    }
  }

  #takeIdle(): Worker | undefined {
    const kept = this.#idle.pop()
    if (kept !== undefined) clearTimeout(kept.timer)
    return kept?.worker
  }

  #keepIdle(worker: Worker): void {
    worker.unref()
    const timer = setTimeout(() => {
      const at = this.#idle.findIndex(kept => kept.worker === worker)
      if (at >= 0) this.#idle.splice(at, 1)
      void worker.terminate()
    }, IDLE_MS).unref()
    this.#idle.push({ worker, timer })
  }
}

function errorOf(failure: TaskFailure): Error {
  switch (failure.kind) {
    case 'storage':
      return new StorageError(failure.operation, failure.path, { code: failure.code })
    case 'cancelled':
      return new TaskCancelledError(failure.message)
    case 'other': {
      const error = new Error(failure.message)
      error.name = failure.name
      if (failure.stack !== undefined) error.stack = failure.stack
      return error
    }
  }
}
