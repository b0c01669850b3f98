/** The task that threads.test.ts has done: a thread loads it from here. No test of its own. */
import { threadId } from 'node:worker_threads'
import { StorageError } from '../files.ts'
import type { Task } from '../threads.ts'

export type Wish = 'thread id' | 'news' | 'missing file' | 'bug' | 'wait'

export const task: Task<Wish, number, number> = {
  module: 'host/node/threads.task.test',
  run: async (wish, { tell, isTurnOver, nextTurn }) => {
    if (wish === 'news') for (const n of [1, 2, 3]) tell(n)
    if (wish === 'missing file') throw new StorageError('read', '/nowhere', { code: 'ENOENT' })
    if (wish === 'bug') throw new TypeError('not what was meant')
    if (wish === 'wait') {
      tell(0)
      while (!isTurnOver()) await new Promise(resolve => setTimeout(resolve, 1))
      await nextTurn()
    }
    return threadId
  },
}
