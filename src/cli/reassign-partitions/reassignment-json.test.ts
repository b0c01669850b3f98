import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assignmentText, readReassignment, readReassignmentToExecute } from './reassignment-json.ts'
import { movesOf, movingBrokers, throttledReplicas } from './throttles.ts'

const file = (...partitions: object[]) => JSON.stringify({ version: 1, partitions })
const entry = (partition: number, replicas: readonly number[]) => ({
  topic: 'a',
  partition,
  replicas,
})

test('replicas with a directory of their own are moves, "any" is none', () => {
  const text = file({ ...entry(1, [2, 3]), log_dirs: ['/d', 'any'] })

  assert.deepEqual(readReassignment(text), {
    assignments: [entry(1, [2, 3])],
    moves: [{ topic: 'a', partition: 1, brokerId: 2, logDir: '/d' }],
  })
})

test('an assignment is printed so that it can be given back', () => {
  const text = assignmentText([entry(1, [2]), entry(0, [1, 0])])

  assert.deepEqual(readReassignment(text).assignments, [entry(0, [1, 0]), entry(1, [2])])
})

const refusals: readonly (readonly [text: string, message: RegExp])[] = [
  ['hello', /^Unrecognized token 'hello': .*\n at \[Source: .*; line: 1, column: 6\]$/],
  [file(), /^Partition reassignment list cannot be empty$/],
  [file(entry(0, [])), /^Partition replica list cannot be empty$/],
  [file(entry(0, [1]), entry(0, [2])), /contains duplicate topic partitions: a-0$/],
  [file(entry(0, [1, 1])), /duplicate entries: a-0 contains multiple entries for 1$/],
  ['{"version":2}', /^Not supported version field value 2$/],
  [
    file({ ...entry(0, [1]), log_dirs: ['x', 'y'] }),
    /^Size of replicas list \[1\] is different from size of log dirs list \[x, y\] for partition a-0$/,
  ],
]
for (const [text, message] of refusals) {
  test(`${text} is refused in Kafka's words`, () => {
    assert.throws(() => readReassignmentToExecute(text), { message })
  })
}

test('throttled are those that send, and those that are new', () => {
  const moves = movesOf([], [entry(0, [2, 3])], [entry(0, [1, 2])])

  assert.deepEqual([...throttledReplicas(moves, 'sources')], [['a', '0:1,0:2']])
  assert.deepEqual([...throttledReplicas(moves, 'destinations')], [['a', '0:3']])
  assert.deepEqual(movingBrokers(moves), [1, 2, 3])
})
