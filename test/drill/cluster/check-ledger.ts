/**
 * Holds what the ledger has in the end against what its writers were told: everything acknowledged is there,
 * once, at the offset that was told, in the order in which it was sent. Pure.
 */
import { entryIn, LINGER_MS, type Acknowledged } from './ledger.ts'
import type { Violation } from './violations.ts'

/** What one writer was told. */
export type Told = readonly Acknowledged[]

/**
 * @param writers what each was told, by its number
 * @param ledger the values of each partition; each stands at its offset
 */
export function checkLedger(
  writers: readonly Told[],
  ledger: readonly (readonly string[])[],
): Violation[] {
  const stored = ledger.map((values, partition) => readPartition(partition, values))
  const violations = stored.flatMap(partition => partition.violations)
  for (const [writer, told] of writers.entries()) {
    for (const { partition, number, offset } of told) {
      const found = stored[partition]?.offsets[writer]?.[number]
      if (found === offset) continue
      const text = `writer ${writer}: record ${number} of partition ${partition}, acknowledged at offset ${offset}`
      if (found === undefined) violations.push({ kind: 'lost', text })
      else violations.push({ kind: 'inconsistent offset', text: `${text}, stands at ${found}` })
    }
  }
  return violations
}

interface Stored {
  /** By writer and number: where the record stands. */
  readonly offsets: number[][]
  readonly violations: Violation[]
}

/** Each writer's records stand in their order, without one left out: what comes later was sent later. */
function readPartition(partition: number, values: readonly string[]): Stored {
  const offsets: number[][] = []
  const violations: Violation[] = []
  const last: number[] = []
  for (const [offset, value] of values.entries()) {
    const where = `partition ${partition}, offset ${offset}`
    const entry = entryIn(value)
    if (entry === undefined) {
      violations.push({ kind: 'stranger', text: `${where}: ${value.slice(0, 40)}` })
      continue
    }
    const { writer, number } = entry
    const own = (offsets[writer] ??= [])
    const before = last[writer] ?? -1
    const text = `${where}: record ${number} of writer ${writer} after ${before}`
    if (own[number] !== undefined) violations.push({ kind: 'duplicate', text })
    else if (number < before) violations.push({ kind: 'reordered', text })
    else if (number > before + 1) violations.push({ kind: 'gap', text })
    own[number] ??= offset
    last[writer] = Math.max(before, number)
  }
  return { offsets, violations }
}

/** Of one partition: when it acknowledged something, in order. */
export type Pulse = readonly number[]

/** By partition, over all writers. */
export function pulses(writers: readonly Told[], partitions: number): Pulse[] {
  const times = Array.from({ length: partitions }, () => new Set<number>())
  for (const { partition, acknowledgedMs } of writers.flat()) times[partition]?.add(acknowledgedMs)
  return times.map(found => [...found].sort((left, right) => left - right))
}

/** The longest time between two acknowledgements of one partition that was over in this time. */
export function longestPause(pulse: Pulse, fromMs: number, toMs: number): number {
  let longest = 0
  for (const [nth, time] of pulse.entries()) {
    const before = pulse[nth - 1]
    if (before !== undefined && time > fromMs && time <= toMs) {
      longest = Math.max(longest, time - before)
    }
  }
  return longest
}

/** Beyond the time for which a writer gathers records. */
const ASKED_MS = 10

/** Whether a broker had been asked at this moment for something that it acknowledged only later. */
export function hadOpenRequest(writers: readonly Told[], atMs: number): boolean {
  return writers.some(told =>
    told.some(
      ({ sentMs, acknowledgedMs }) => sentMs + LINGER_MS + ASKED_MS < atMs && atMs < acknowledgedMs,
    ),
  )
}
