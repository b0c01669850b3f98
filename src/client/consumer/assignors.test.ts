import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '../../host/index.ts'
import { nameOf } from '../topic-partition.ts'
import type { Assignment, Subscriber } from './assignor.ts'
import { assignorsNamed, rangeAssignor, roundRobinAssignor } from './assignors.ts'

const member = (memberId: string, ...topics: string[]): Subscriber => ({
  memberId,
  groupInstanceId: null,
  topics,
})
const named = (assignment: Assignment) =>
  Object.fromEntries([...assignment].map(([id, partitions]) => [id, partitions.map(nameOf)]))

test('range: each topic in contiguous pieces, the first member gets the odd one, as in Java', () => {
  const assignment = rangeAssignor.assign(
    [member('c2', 't1', 't2'), member('c1', 't1', 't2')],
    new Map([
      ['t1', 3],
      ['t2', 3],
    ]),
  )

  assert.deepEqual(named(assignment), {
    c1: ['t1-0', 't1-1', 't2-0', 't2-1'],
    c2: ['t1-2', 't2-2'],
  })
})

test('range: members beyond the partitions get none', () => {
  const assignment = rangeAssignor.assign([member('a', 't'), member('b', 't')], new Map([['t', 1]]))

  assert.deepEqual(named(assignment), { a: ['t-0'], b: [] })
})

test('roundrobin: by turns over all topics, passing over who does not read one, as in Java', () => {
  const assignment = roundRobinAssignor.assign(
    [member('c1', 't1'), member('c2', 't1', 't2'), member('c3', 't1')],
    new Map([
      ['t1', 3],
      ['t2', 2],
    ]),
  )

  assert.deepEqual(named(assignment), {
    c1: ['t1-0'],
    c2: ['t1-1', 't2-0', 't2-1'],
    c3: ['t1-2'],
  })
})

test('static members come first, by their lasting name (KIP-345)', () => {
  const subscribers = [
    member('a', 't'),
    { ...member('z', 't'), groupInstanceId: 'i2' },
    { ...member('y', 't'), groupInstanceId: 'i1' },
  ]

  const assignment = rangeAssignor.assign(subscribers, new Map([['t', 3]]))

  assert.deepEqual(named(assignment), { y: ['t-0'], z: ['t-1'], a: ['t-2'] })
})

test('a topic that does not exist leaves everybody without it', () => {
  for (const { assign } of [rangeAssignor, roundRobinAssignor]) {
    assert.deepEqual(named(assign([member('a', 'gone')], new Map())), { a: [] })
  }
})

test("Java's class names are known; without any known one there is an error", () => {
  const java = 'org.apache.kafka.clients.consumer.RoundRobinAssignor'

  assert.deepEqual(assignorsNamed(['com.example.Mine', java], silentLog), [roundRobinAssignor])
  const sticky = ['StickyAssignor', 'CooperativeStickyAssignor'].map(
    name => `org.apache.kafka.clients.consumer.${name}`,
  )
  assert.deepEqual(
    assignorsNamed(sticky, silentLog).map(({ name }) => name),
    ['sticky', 'cooperative-sticky'],
  )
  assert.throws(() => assignorsNamed(['com.example.Mine'], silentLog), { name: 'ConfigError' })
})
