import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkReadings, sumOf, type ReaderEvent, type ReaderLine } from './readings.ts'

const ledger = [['a', 'b', 'c', 'd']]

function read(
  from: number,
  next: number,
  values = ledger[0]?.slice(from, next) ?? [],
): ReaderEvent {
  return { event: 'read', partition: 0, from, next, count: values.length, sum: sumOf(values) }
}
const assigned: ReaderEvent = { event: 'assigned', partition: 0 }
const commit = (next: number): ReaderEvent[] => [
  { event: 'commit', partition: 0, next },
  { event: 'committed', partition: 0, next },
]

/** A second lies between two events. */
function linesFrom(startMs: number, events: readonly ReaderEvent[]): ReaderLine[] {
  return events.map((event, nth) => ({ atMs: startMs + 1_000 * nth, ...event }))
}

const kindsIn = (...members: readonly ReaderLine[][]): string[] =>
  checkReadings(members, ledger).map(({ kind }) => kind)

test('finds nothing wrong with members of whom one goes on where the other has committed', () => {
  const first = linesFrom(0, [assigned, read(0, 2), ...commit(2), read(2, 3)])
  const second = linesFrom(10_000, [assigned, read(2, 4)])

  assert.deepEqual(kindsIn(first, second), [])
})

test('names what was read and is there no more', () => {
  const lines = linesFrom(0, [assigned, read(0, 2, ['a', 'x']), read(2, 4)])

  assert.deepEqual(kindsIn(lines), ['lost after it was read'])
})

test('names offsets that nobody has read', () => {
  assert.deepEqual(kindsIn(linesFrom(0, [assigned, read(0, 1), read(2, 4)])), ['skip', 'skip'])
  assert.deepEqual(kindsIn(linesFrom(0, [assigned, read(0, 3)])), ['skip'])
})

test('names a member that resumes before what was committed, and one that resumes after it', () => {
  const first = linesFrom(0, [assigned, read(0, 2), ...commit(2), read(2, 4)])

  assert.deepEqual(kindsIn(first, linesFrom(10_000, [assigned, read(1, 4)])), ['group offset'])
  assert.deepEqual(kindsIn(first, linesFrom(10_000, [assigned, read(3, 4)])), ['group offset'])
})

test('a commit that was asked for and not acknowledged may count or not', () => {
  const first = linesFrom(0, [assigned, read(0, 2), ...commit(2).slice(0, 1)])

  assert.deepEqual(kindsIn(first, linesFrom(10_000, [assigned, read(0, 4)])), [])
  assert.deepEqual(kindsIn(first, linesFrom(10_000, [assigned, read(2, 4)])), [])
})
