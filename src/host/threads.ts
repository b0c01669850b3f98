/**
 * Work that takes seconds, out of the way of the event loop. A task is a function that needs nothing
 * but its order, files and a clock, so that it can run in a thread of its own, or, where there are
 * none (files in memory, the simulator), in turns between everything else.
 */
import type { Clock } from './clock.ts'
import type { FileSystem } from './files.ts'

/** Order, news and result are copied from thread to thread: plain data. */
export interface Task<Order, News, Result> {
  /** The module below `src/`, without its ending, that exports this task as `task`: there a thread finds it. */
  readonly module: string
  readonly run: (order: Order, world: TaskWorld<News>) => Promise<Result>
}

/** What a task may use of the world. */
export interface TaskWorld<News> {
  readonly files: FileSystem
  readonly clock: Clock
  /** To be asked between two pieces of work, of some milliseconds each; if so, `await nextTurn()`. */
  readonly isTurnOver: () => boolean
  /** Lets others run. @throws TaskCancelledError when nobody wants the result any more */
  readonly nextTurn: () => Promise<void>
  /** Tells the one who waits for the result, in order and before it. */
  readonly tell: (news: News) => void
}

export interface TaskControl<News> {
  readonly onNews: (news: News) => void
  /** The task ends with its next turn, and the result is a `TaskCancelledError`. */
  readonly signal: AbortSignal
}

export interface Threads {
  /** Rejects with what the task throws: a `StorageError` as such, others as an `Error` with name, text and stack. */
  run<Order, News, Result>(
    task: Task<Order, News, Result>,
    order: Order,
    control: TaskControl<News>,
  ): Promise<Result>
}

export class TaskCancelledError extends Error {
  override readonly name = 'TaskCancelledError'
  readonly code = 'TASK_CANCELLED'
}

export interface SameThreadOptions {
  readonly files: FileSystem
  readonly clock: Clock
  /** How long a turn lasts; 0: every piece of work is one. */
  readonly turnMs?: number
}

/** Short enough that a request does not notice. */
const TURN_MS = 2

/** Runs tasks in turns on the caller's own event loop. */
export function sameThread({ files, clock, turnMs = TURN_MS }: SameThreadOptions): Threads {
  return {
    run: (task, order, { onNews, signal }) => {
      let endMs = clock.monotonicMs() + turnMs
      return task.run(order, {
        files,
        clock,
        isTurnOver: () => signal.aborted || clock.monotonicMs() >= endMs,
        nextTurn: async () => {
          await new Promise<void>(resolve => clock.soon(resolve))
          if (signal.aborted) throw new TaskCancelledError('nobody waits for it')
          endMs = clock.monotonicMs() + turnMs
        },
        tell: onNews,
      })
    },
  }
}
