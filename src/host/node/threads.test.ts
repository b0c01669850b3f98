import assert from 'node:assert/strict'
import { test } from 'node:test'
import { threadId } from 'node:worker_threads'
import { StorageError } from '../files.ts'
import { TaskCancelledError } from '../threads.ts'
import { task, type Wish } from './threads.task.test.ts'
import { NodeThreads } from './threads.ts'

const control = { onNews: () => undefined, signal: new AbortController().signal }

test('a task runs in a thread of its own, and the next one in the same', async () => {
  const threads = new NodeThreads()

  const first = await threads.run(task, 'thread id', control)
  const second = await threads.run(task, 'thread id', control)

  assert.notEqual(first, threadId)
  assert.equal(second, first)
})

test('two tasks at a time run in two threads', async () => {
  const threads = new NodeThreads()

  const ids = await Promise.all([
    threads.run(task, 'thread id', control),
    threads.run(task, 'thread id', control),
  ])

  assert.notEqual(ids[0], ids[1])
})

test('news come in order, and before the result', async () => {
  const news: number[] = []

  await new NodeThreads().run(task, 'news', { ...control, onNews: n => news.push(n) })

  assert.deepEqual(news, [1, 2, 3])
})

test('a failing disk and a bug are told apart', async () => {
  const threads = new NodeThreads()
  const failing = (wish: Wish): Promise<unknown> =>
    threads.run(task, wish, control).catch((error: unknown) => error)

  const storage = await failing('missing file')
  assert.ok(storage instanceof StorageError)
  assert.deepEqual(
    [storage.message, storage.code, storage.path],
    ['cannot read /nowhere: ENOENT', 'ENOENT', '/nowhere'],
  )
  const bug = await failing('bug')
  assert.ok(bug instanceof Error && !(bug instanceof StorageError))
  assert.deepEqual([bug.name, bug.message], ['TypeError', 'not what was meant'])
})

test('a task that nobody waits for ends with its turn', async () => {
  const controller = new AbortController()

  const running = new NodeThreads().run(task, 'wait', {
    onNews: () => controller.abort(),
    signal: controller.signal,
  })

  await assert.rejects(running, TaskCancelledError)
})
