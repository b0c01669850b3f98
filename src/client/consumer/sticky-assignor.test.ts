import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nameOf } from '../topic-partition.ts'
import type { Assignment, Subscriber } from './assignor.ts'
import { cooperativeStickyAssignor, stickyAssignor } from './sticky-assignor.ts'

const counts = new Map([
  ['t0', 7],
  ['t1', 3],
  ['t2', 5],
])
const groups = fc.array(fc.subarray([...counts.keys()], { minLength: 1 }), {
  minLength: 1,
  maxLength: 6,
})

const membersOf = (topics: readonly string[][]): Subscriber[] =>
  topics.map((own, index) => ({ memberId: `m${index}`, groupInstanceId: null, topics: own }))

/** As the members come to the next round, the last `gone` of them missing. */
const withMemory = (members: readonly Subscriber[], assignment: Assignment, gone = 0) =>
  members.slice(0, members.length - gone).map(member => {
    const partitions = assignment.get(member.memberId) ?? []
    return {
      ...member,
      userData: stickyAssignor.userData?.({ partitions, generationId: 3 }) ?? null,
    }
  })

function ownersIn(assignment: Assignment): Map<string, string> {
  const pairs = [...assignment].flatMap(([id, own]) => own.map(each => [nameOf(each), id] as const))
  assert.equal(new Set(pairs.map(([name]) => name)).size, pairs.length, 'one owner each')
  return new Map(pairs)
}

test('every partition that somebody reads has one reader, and no reader could take one from another', () => {
  fc.assert(
    fc.property(groups, topics => {
      const members = membersOf(topics)
      const assignment = stickyAssignor.assign(members, counts)
      const read = [...new Set(topics.flat())].reduce(
        (sum, topic) => sum + (counts.get(topic) ?? 0),
        0,
      )
      assert.equal(ownersIn(assignment).size, read)
      for (const own of assignment.values()) {
        for (const { topic } of own) {
          for (const other of members.filter(member => member.topics.includes(topic))) {
            assert((assignment.get(other.memberId)?.length ?? 0) + 1 >= own.length)
          }
        }
      }
    }),
  )
})

test('nothing moves while the group stays as it is; when one goes only what it had moves', () => {
  const members = membersOf([
    ['t0', 't2'],
    ['t0', 't2'],
    ['t0', 't2'],
    ['t0', 't2'],
  ])
  const first = stickyAssignor.assign(members, counts)
  assert.deepEqual(stickyAssignor.assign(withMemory(members, first), counts), first)

  const after = ownersIn(stickyAssignor.assign(withMemory(members, first, 1), counts))
  for (const [name, owner] of ownersIn(first)) {
    if (owner !== 'm3') assert.equal(after.get(name), owner, `${name} stays`)
  }
})

test('of two that claim a partition the later generation is believed', () => {
  const had = { partitions: [{ topic: 't1', partition: 0 }] }
  const [old, late] = membersOf([['t1'], ['t1']])
  assert(old !== undefined && late !== undefined)
  const told = (generationId: number) => stickyAssignor.userData?.({ ...had, generationId }) ?? null
  const members = [
    { ...old, userData: told(3) },
    { ...late, userData: told(4) },
  ]

  assert.equal(ownersIn(stickyAssignor.assign(members, counts)).get('t1-0'), 'm1')
})

test('user data of kafka-python 3 are understood: they have a version before them', () => {
  const [other, one] = membersOf([['t1'], ['t1']])
  assert(other !== undefined && one !== undefined)
  const partitions = [{ topic: 't1', partition: 0 }]
  const told = stickyAssignor.userData?.({ partitions, generationId: 4 }) ?? Buffer.alloc(0)
  const members = [other, { ...one, userData: Buffer.concat([Buffer.from([0, 1]), told]) }]

  assert.equal(ownersIn(stickyAssignor.assign(members, counts)).get('t1-0'), 'm1')
})

test('what cannot be read claims nothing', () => {
  const [one] = membersOf([['t1']])
  assert(one !== undefined)
  for (const hex of ['', '00', '0001', '7fffffff', '00000001ffff', 'ff'.repeat(20)]) {
    const assignment = stickyAssignor.assign(
      [{ ...one, userData: Buffer.from(hex, 'hex') }],
      counts,
    )
    assert.equal(assignment.get('m0')?.length, 3, hex)
  }
})

test("the user data is Java's: previous assignment and generation; cooperative, the generation alone", () => {
  const memory = { partitions: [{ topic: 't', partition: 1 }], generationId: 2 }

  const sticky = stickyAssignor.userData?.(memory)?.toString('hex')
  assert.equal(sticky, '00000001' + '000174' + '00000001' + '00000001' + '00000002')
  assert.equal(cooperativeStickyAssignor.userData?.(memory)?.toString('hex'), '00000002')
})

test('cooperative: a partition goes to nobody before the one who has it gave it up (KIP-429)', () => {
  const [first, second] = membersOf([['t1'], ['t1']])
  assert(first !== undefined && second !== undefined)
  const all = [0, 1, 2].map(partition => ({ topic: 't1', partition }))
  const owner = { ...first, ownedPartitions: all, generationId: 5 }

  const round = cooperativeStickyAssignor.assign([owner, second], counts)
  assert.deepEqual([round.get('m0')?.length, round.get('m1')?.length], [2, 0])

  const gaveUp = { ...owner, ownedPartitions: round.get('m0') ?? [], generationId: 6 }
  const next = cooperativeStickyAssignor.assign([gaveUp, second], counts)
  assert.deepEqual([next.get('m0'), next.get('m1')?.length], [round.get('m0'), 1])
})
