/**
 * What the members of the group have read and committed, held against what the ledger has in the end: no
 * record was skipped, none was read that is not there any more, and nobody resumed before what was committed.
 * Pure.
 */
import { crc32c } from '../../../src/bytes/index.ts'
import type { Violation } from './violations.ts'

export type ReaderEvent =
  | { readonly event: 'assigned'; readonly partition: number }
  | ({ readonly event: 'read' } & Run)
  | { readonly event: 'commit' | 'committed'; readonly partition: number; readonly next: number }
  | { readonly event: 'failed'; readonly code: string }

/** Records that were read one after another: offsets `from` to `next` (excluded). */
export interface Run {
  readonly partition: number
  readonly from: number
  readonly next: number
  readonly count: number
  /** Of their values. */
  readonly sum: number
}

/** `atMs` is wall time in milliseconds, with a fraction. */
export type ReaderLine = { readonly atMs: number } & ReaderEvent

/** Clocks of two processes of one machine are no further apart. */
const SLACK_MS = 50

export function sumOf(values: readonly string[]): number {
  return crc32c(Buffer.from(values.join('\n')))
}

/** Where a member stands in a partition. */
interface Place {
  readonly assignedMs: number
  /** `undefined`: it was given the partition, and has read nothing yet. */
  next: number | undefined
}

/**
 * @param members the lines of each, in their order
 * @param ledger the values of each partition; each stands at its offset
 */
export function checkReadings(
  members: readonly (readonly ReaderLine[])[],
  ledger: readonly (readonly string[])[],
): Violation[] {
  const commits = members.flat().filter(isCommit)
  const violations = members.flatMap((lines, member) => checkMember(member, lines, commits, ledger))
  return [...violations, ...checkWhole(members.flat(), ledger)]
}

type Commit = ReaderLine & { readonly event: 'commit' | 'committed' }

function isCommit(line: ReaderLine): line is Commit {
  return line.event === 'commit' || line.event === 'committed'
}

function checkMember(
  member: number,
  lines: readonly ReaderLine[],
  commits: readonly Commit[],
  ledger: readonly (readonly string[])[],
): Violation[] {
  const violations: Violation[] = []
  const places = new Map<number, Place>()
  for (const line of lines) {
    if (line.event === 'assigned') {
      places.set(line.partition, { assignedMs: line.atMs, next: undefined })
      continue
    }
    if (line.event !== 'read') continue
    const { partition, from, next, count, sum } = line
    const where = `member ${member}: partition ${partition}, offsets ${from} to ${next}`
    const place = places.get(partition)
    if (place === undefined) continue
    if (place.next === undefined) {
      const text = whyNotResumed(line, place, commits)
      if (text !== undefined) violations.push({ kind: 'group offset', text: `${where}: ${text}` })
    } else if (from !== place.next) {
      violations.push({ kind: 'skip', text: `${where} after ${place.next}` })
    }
    place.next = next
    if (count !== next - from) violations.push({ kind: 'skip', text: `${where}: ${count} records` })
    const there = ledger[partition]?.slice(from, next) ?? []
    if (there.length !== next - from || sumOf(there) !== sum) {
      violations.push({ kind: 'lost after it was read', text: where })
    }
  }
  return violations
}

/** A member resumes where somebody has committed: no earlier than what was acknowledged, no later than what was asked for. */
function whyNotResumed(
  { partition, from, atMs }: ReaderLine & Run,
  { assignedMs }: Place,
  commits: readonly Commit[],
): string | undefined {
  const of = commits.filter(commit => commit.partition === partition)
  const acknowledged = of.filter(
    commit => commit.event === 'committed' && commit.atMs < assignedMs - SLACK_MS,
  )
  const asked = of.filter(commit => commit.atMs < atMs + SLACK_MS)
  const least = Math.max(0, ...acknowledged.map(commit => commit.next))
  const most = Math.max(0, ...asked.map(commit => commit.next))
  if (from < least) return `it had committed ${least}`
  if (from > most) return `it had committed ${most} at most`
  return undefined
}

/** Everything before the last commit was read by somebody. */
function checkWhole(
  lines: readonly ReaderLine[],
  ledger: readonly (readonly string[])[],
): Violation[] {
  return ledger.flatMap((values, partition): Violation[] => {
    const runs = lines
      .filter(line => line.event === 'read')
      .filter(line => line.partition === partition)
      .toSorted((left, right) => left.from - right.from)
    let next = 0
    for (const run of runs) {
      if (run.from > next) {
        return [{ kind: 'skip', text: `partition ${partition}: nobody has read offset ${next}` }]
      }
      next = Math.max(next, run.next)
    }
    if (next >= values.length) return []
    const text = `partition ${partition}: read up to ${next} of ${values.length}`
    return [{ kind: 'skip', text }]
  })
}
