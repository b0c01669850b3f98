import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkHistory, entryText, type History, type Reading } from './check-history.ts'
import { hadOpenCall, linesOf, transactionsOf, type Line, type PlannedTransaction } from './history.ts' // prettier-ignore
import { ACCOUNTS, entriesOf, transferAt } from './instructions.ts'

/** A transaction of client 0 that carries out instructions `from` to `next`. */
function planned(from: number, next: number, end: PlannedTransaction['end']): PlannedTransaction {
  const offsets = Array.from({ length: next - from }, (_, n) => from + n)
  const entries = offsets.flatMap(offset => entriesOf(transferAt(0, offset)))
  return { id: `0.0.${from}${end}`, client: 0, from, next, entries, end }
}

/** What is read when the records of these transactions count. */
function readingOf(transactions: readonly PlannedTransaction[], reader = 'one'): Reading {
  const accounts = Array.from({ length: ACCOUNTS }, () => [] as { offset: number; text: string }[])
  for (const { id, entries } of transactions) {
    entries.forEach((entry, place) => {
      const account = accounts[entry.account]
      account?.push({ offset: account.length, text: entryText(id, place, entry) })
    })
  }
  return { reader, accounts }
}

const first = planned(0, 2, 'committed')
const aborted = planned(2, 4, 'aborted')
const unknown = planned(2, 5, 'unknown')

const clean: History = {
  transactions: [first, aborted, unknown],
  readings: [readingOf([first, unknown]), readingOf([first, unknown], 'two')],
  committedOffsets: [5],
  failures: [],
}

const kindsIn = (history: History): string[] => [
  ...new Set(checkHistory(history).map(({ kind }) => kind)),
]

/** The same history, read otherwise by everyone. */
function read(change: (reading: Reading) => Reading): History {
  return { ...clean, readings: clean.readings.map(change) }
}

function withEntries(
  { reader, accounts }: Reading,
  change: (entries: Reading['accounts'][number]) => Reading['accounts'][number],
): Reading {
  const at = accounts.findIndex(entries => entries.length > 1)
  return { reader, accounts: accounts.map((entries, n) => (n === at ? change(entries) : entries)) }
}

describe('the checker of the transactions drill', () => {
  test('finds nothing wrong with what is right, whichever way an unknown commit went', () => {
    const unread = { ...clean, readings: [readingOf([first])], committedOffsets: [2] }

    assert.deepEqual(checkHistory(clean), [])
    assert.deepEqual(checkHistory(unread), [])
  })

  test('names records of an aborted transaction that were read', () => {
    const history = { ...clean, readings: [readingOf([first, aborted])], committedOffsets: [4] }

    assert.deepEqual(kindsIn(history), ['aborted read'])
  })

  test('names a commit that nobody can read, and offsets that count without their records', () => {
    const history = { ...clean, readings: [readingOf([])], committedOffsets: [2] }

    assert.deepEqual(kindsIn(history), ['lost commit', 'offsets', 'balance'])
  })

  test('names a transaction of which a part is missing', () => {
    assert.deepEqual(kindsIn(read(r => withEntries(r, entries => entries.slice(1)))), [
      'torn',
      'balance',
    ])
  })

  test('names a record that stands twice', () => {
    const twice = read(r =>
      withEntries(r, entries => [
        ...entries,
        { offset: entries.length, text: entries.at(-1)?.text ?? '' },
      ]),
    )

    assert.deepEqual(kindsIn(twice), ['duplicate', 'balance'])
  })

  test('names offsets that do not rise, and records out of their order', () => {
    const turned = read(r => withEntries(r, entries => entries.toReversed()))

    assert.ok(kindsIn(turned).includes('disorder'))
  })

  test('names what nobody wrote', () => {
    const strange = read(r =>
      withEntries(r, entries => [...entries, { offset: 99, text: '7.0.1 0 5' }]),
    )
    const changed = read(r =>
      withEntries(r, ([head, ...rest]) => [
        { offset: 0, text: `${head?.text.replace(/\d+$/, '') ?? ''}777` },
        ...rest,
      ]),
    )

    assert.ok(kindsIn(strange).includes('stranger'))
    assert.ok(kindsIn(changed).includes('stranger'))
  })

  test('names readers that do not read the same', () => {
    const differing = { ...clean, readings: [readingOf([first, unknown]), readingOf([first], 'two')] } // prettier-ignore

    assert.deepEqual(kindsIn(differing), ['readers differ'])
  })

  test('names instructions that were left out, and those that were done twice', () => {
    const late = planned(3, 5, 'committed')
    const again = { ...planned(1, 5, 'committed'), id: '0.1.0' }
    const of = (other: PlannedTransaction): History => ({
      ...clean,
      transactions: [first, other],
      readings: [readingOf([first, other])],
    })

    assert.match(checkHistory(of(late))[0]?.text ?? '', /begins at 3, not 2: .* left out/)
    assert.match(checkHistory(of(again))[0]?.text ?? '', /begins at 1, not 2: .* done twice/)
  })

  test('names offsets that count although the transaction does not', () => {
    assert.deepEqual(kindsIn({ ...clean, committedOffsets: [6] }), ['offsets', 'balance'])
  })

  test('passes on what no client should have been told', () => {
    assert.deepEqual(kindsIn({ ...clean, failures: ['OUT_OF_ORDER_SEQUENCE_NUMBER'] }), ['refused'])
  })
})

describe('the history of a client', () => {
  const { id, from, next, entries } = first
  const begun: Line[] = [
    { atMs: 1, event: 'intent', intent: { id, from, next, entries } },
    { atMs: 2, event: 'call', call: 'send' },
    { atMs: 3, event: 'done', call: 'send' },
  ]
  const asked: Line[] = [...begun, { atMs: 4, event: 'call', call: 'commit' }]
  const endOf = (lines: readonly Line[]): unknown => transactionsOf({ client: 0, lines })[0]?.end

  test('without a call to commit there was no commit', () => {
    assert.equal(endOf(begun), 'aborted')
  })

  test('a commit that was not answered may have happened', () => {
    assert.equal(endOf(asked), 'unknown')
    assert.equal(endOf([...asked, { atMs: 5, event: 'failed', call: 'commit', code: 'X' }]), 'unknown') // prettier-ignore
  })

  test('an answered commit happened; one that failed and was aborted did not', () => {
    assert.equal(endOf([...asked, { atMs: 5, event: 'done', call: 'commit' }]), 'committed')
    assert.equal(endOf([...asked, { atMs: 5, event: 'done', call: 'abort' }]), 'aborted')
  })

  test('a call is open from its line to the line of its end', () => {
    const life = { client: 0, lines: asked }

    assert.deepEqual(
      [1.5, 2.5, 3.5, 4.5].map(atMs => hadOpenCall(life, atMs)),
      [false, true, false, true],
    )
  })

  test('a line that the kill has cut short is left out', () => {
    const text = begun.map(line => `${JSON.stringify(line)}\n`).join('')

    assert.deepEqual(linesOf(`${text}{"atMs":4,"ev`), begun)
  })
})
