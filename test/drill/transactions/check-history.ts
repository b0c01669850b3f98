/**
 * Holds what readers have read, and what groups resume at, against what the clients had meant to do and
 * what they were told of it. Pure: it names everything that is wrong, and asks nobody.
 */
import type { Entry, PlannedTransaction } from './history.ts'
import { ACCOUNTS, entriesOf, transferAt } from './instructions.ts'

/** A record of an account as it was read: `<transaction> <place in it> <amount>`. */
export interface ReadEntry {
  readonly offset: number
  readonly text: string
}

/** All that one read_committed reader has read: by account, in the order of reading. */
export interface Reading {
  readonly reader: string
  readonly accounts: readonly (readonly ReadEntry[])[]
}

export interface History {
  readonly transactions: readonly PlannedTransaction[]
  readonly readings: readonly Reading[]
  /** By client: the offset at which its group resumes; -1 where it has none. */
  readonly committedOffsets: readonly number[]
  /** What calls failed with that nobody had fenced or timed out. */
  readonly failures: readonly string[]
}

export const violationKinds = [
  'hanging',
  'torn',
  'aborted read',
  'lost commit',
  'duplicate',
  'disorder',
  'stranger',
  'readers differ',
  'offsets',
  'balance',
  'refused',
] as const

export interface Violation {
  readonly kind: (typeof violationKinds)[number]
  readonly text: string
}

/** What a client of idempotent batches must never be told, whatever is killed. */
export const neverTold: ReadonlySet<string> = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'DUPLICATE_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_ID_MAPPING',
  'CORRUPT_MESSAGE',
  'OFFSET_OUT_OF_RANGE',
  'UNKNOWN_SERVER_ERROR',
])

export function entryText(id: string, place: number, { amount }: Entry): string {
  return `${id} ${place} ${amount}`
}

/** @returns nothing, when all is as it must be */
export function checkHistory(history: History): Violation[] {
  const violations = history.readings.flatMap(reading => checkReading(history, reading))
  violations.push(...checkAgreement(history.readings))
  const [first] = history.readings
  if (first !== undefined) {
    const seen = transactionsSeen(first)
    violations.push(...checkOffsets(history, seen), ...checkBalances(history, first))
  }
  for (const text of history.failures) violations.push({ kind: 'refused', text })
  return violations
}

/** By transaction: the places of its records that were read. */
function transactionsSeen({ accounts }: Reading): Map<string, number[]> {
  const seen = new Map<string, number[]>()
  for (const { text } of accounts.flat()) {
    const [id = '', place] = text.split(' ')
    const places = seen.get(id)
    if (places === undefined) seen.set(id, [Number(place)])
    else places.push(Number(place))
  }
  return seen
}

function checkReading({ transactions }: History, reading: Reading): Violation[] {
  const violations: Violation[] = []
  const name = reading.reader
  const seen = transactionsSeen(reading)
  const known = new Map(transactions.map(transaction => [transaction.id, transaction]))
  for (const [id, places] of seen) {
    const distinct = new Set(places).size
    const planned = known.get(id)
    if (distinct < places.length) violations.push({ kind: 'duplicate', text: `${name}: ${id}` })
    if (planned === undefined) {
      violations.push({ kind: 'stranger', text: `${name}: nobody meant to do ${id}` })
    } else if (planned.end === 'aborted') {
      violations.push({ kind: 'aborted read', text: `${name}: ${id} was never committed` })
    } else if (distinct < planned.entries.length) {
      const text = `${name}: ${distinct} of ${planned.entries.length} records of ${id}`
      violations.push({ kind: 'torn', text })
    }
  }
  for (const { id, end } of transactions) {
    if (end === 'committed' && !seen.has(id)) violations.push({ kind: 'lost commit', text: `${name}: ${id}` }) // prettier-ignore
  }
  reading.accounts.forEach((entries, account) => {
    violations.push(...checkAccount({ name, account, known }, entries))
  })
  return violations
}

interface AccountOfReader {
  readonly name: string
  readonly account: number
  readonly known: ReadonlyMap<string, PlannedTransaction>
}

/** Offsets only rise; each record is in its account, with its amount; those of a transaction stand as sent. */
function checkAccount(
  { name, account, known }: AccountOfReader,
  entries: readonly ReadEntry[],
): Violation[] {
  const violations: Violation[] = []
  let before = -1
  const lastPlace = new Map<string, number>()
  for (const { offset, text } of entries) {
    const where = `${name}: account ${account}, offset ${offset}`
    const [id = '', place] = text.split(' ')
    const planned = known.get(id)?.entries[Number(place)]
    if (offset <= before) violations.push({ kind: 'disorder', text: `${where} after ${before}` })
    if (Number(place) < (lastPlace.get(id) ?? -1)) {
      violations.push({ kind: 'disorder', text: `${where}: ${text} after a later one` })
    }
    if (
      planned !== undefined &&
      (planned.account !== account || entryText(id, Number(place), planned) !== text)
    ) {
      // prettier-ignore
      violations.push({ kind: 'stranger', text: `${where}: ${text}` })
    }
    before = offset
    lastPlace.set(id, Number(place))
  }
  return violations
}

/** Whoever reads committed records, with whatever client, reads the same. */
function checkAgreement([first, ...others]: readonly Reading[]): Violation[] {
  if (first === undefined) return []
  return others.flatMap(({ reader, accounts }) =>
    accounts.flatMap((entries, account): Violation[] => {
      const expected: readonly ReadEntry[] = first.accounts[account] ?? []
      const at = entries.findIndex(({ offset, text }, n) => {
        const same = expected[n]
        return same === undefined || same.offset !== offset || same.text !== text
      })
      if (at < 0 && entries.length === expected.length) return []
      const place = at < 0 ? `${entries.length} records, not ${expected.length}` : `record ${at}`
      const text = `${reader} and ${first.reader}: account ${account}, ${place}`
      return [{ kind: 'readers differ', text }]
    }),
  )
}

/** Each instruction was carried out once, in order, up to where the group resumes: offsets count when records do. */
function checkOffsets(
  { transactions, committedOffsets }: History,
  seen: ReadonlyMap<string, unknown>,
): Violation[] {
  return committedOffsets.flatMap((committed, client) => {
    const done = transactions
      .filter(({ id, client: owner }) => owner === client && seen.has(id))
      .toSorted((left, right) => left.from - right.from)
    let next = 0
    for (const { id, from, next: after } of done) {
      if (from !== next) {
        const what = from > next ? 'left out' : 'done twice'
        const text = `client ${client}: ${id} begins at ${from}, not ${next}: instructions ${what}`
        return [{ kind: 'offsets', text } as const]
      }
      next = after
    }
    if (Math.max(0, committed) === next) return []
    const text = `client ${client}: resumes at ${committed}, its records end at ${next}`
    return [{ kind: 'offsets', text } as const]
  })
}

/** What each account holds is the sum of the instructions that count; all together hold nothing. */
function checkBalances({ committedOffsets }: History, reading: Reading): Violation[] {
  const expected = Array.from({ length: ACCOUNTS }, () => 0)
  committedOffsets.forEach((committed, client) => {
    for (let offset = 0; offset < committed; offset += 1) {
      for (const { account, amount } of entriesOf(transferAt(client, offset))) {
        expected[account] = (expected[account] ?? 0) + amount
      }
    }
  })
  return expected.flatMap((sum, account) => {
    const read = balanceOf(reading.accounts[account] ?? [])
    if (read === sum) return []
    const text = `account ${account} holds ${read}, not ${sum}`
    return [{ kind: 'balance', text } as const]
  })
}

function balanceOf(entries: readonly ReadEntry[]): number {
  return entries.reduce((sum, { text }) => sum + Number(text.split(' ')[2]), 0)
}
