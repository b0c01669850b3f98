/** What runs in a thread of ours: one task after another, as the messages order them. */
import { parentPort } from 'node:worker_threads'
import { StorageError } from '../files.ts'
import { TaskCancelledError, type Task } from '../threads.ts'
import { nodeClock } from './clock.ts'
import { nodeFiles } from './files.ts'
import type { FromThread, TaskFailure, ToThread } from './thread-messages.ts'

const port = parentPort
const send = (message: FromThread): void => port?.postMessage(message)

async function perform({ moduleUrl, order, cancelled }: ToThread): Promise<void> {
  const flag = new Int32Array(cancelled)
  const isTurnOver = (): boolean => Atomics.load(flag, 0) !== 0
  try {
    const { task } = (await import(moduleUrl)) as { task: Task<unknown, unknown, unknown> }
    const result = await task.run(order, {
      files: nodeFiles,
      clock: nodeClock,
      isTurnOver,
      nextTurn: async () => {
        if (isTurnOver()) throw new TaskCancelledError('nobody waits for it')
      },
      tell: news => send({ type: 'news', news }),
    })
    send({ type: 'result', result })
  } catch (error) {
    send({ type: 'failure', failure: failureOf(error) })
  }
}

function failureOf(error: unknown): TaskFailure {
  if (!(error instanceof Error)) return { kind: 'other', name: 'Error', message: String(error) }
  const { name, message, stack } = error
  if (error instanceof StorageError) {
    const { operation, path, code } = error
    return { kind: 'storage', operation, path, code }
  }
  if (error instanceof TaskCancelledError) return { kind: 'cancelled', message }
  return { kind: 'other', name, message, stack }
}

port?.on('message', (message: ToThread) => void perform(message))
