/**
 * What the writers of the cluster drill write, and how they write down what became of it. Each numbers its
 * records from 0 on in each partition, so that a reader can tell what is missing, twice or out of order.
 */

export const LEDGER = 'ledger'
export const LEDGER_PARTITIONS = 6
/** Writers gather records for so long before they ask. */
export const LINGER_MS = 40

/** A record as its writer means it. */
export interface Entry {
  readonly writer: number
  readonly number: number
}

/** One acknowledged record: a line of its writer's journal. Times are wall time in milliseconds. */
export interface Acknowledged {
  readonly partition: number
  readonly number: number
  readonly offset: number
  readonly sentMs: number
  readonly acknowledgedMs: number
}

export interface WriterOptions {
  readonly bootstrapServers: string
  readonly writer: number
  readonly journal: string
  /** After an outage it makes up for what it missed. */
  readonly recordsPerSecond: number
}

/** Follows from the rest, so that a reader sees bytes that changed. */
export function valueOf({ writer, number }: Entry): string {
  return `${writer} ${number} ${'.'.repeat((number * 37) % 80)}`
}

/** `undefined` when it is none that a writer has written. */
export function entryIn(value: string): Entry | undefined {
  const [writer, number] = value.split(' ', 2).map(Number)
  if (writer === undefined || number === undefined) return undefined
  const entry = { writer, number }
  return valueOf(entry) === value ? entry : undefined
}

export function lineOf(acknowledged: Acknowledged): string {
  const { partition, number, offset, sentMs, acknowledgedMs } = acknowledged
  return `${partition} ${number} ${offset} ${sentMs} ${acknowledgedMs}\n`
}

/** Everything else than a line of an acknowledged record is a failure in words. */
export function linesOf(text: string): { acknowledged: Acknowledged[]; failures: string[] } {
  const acknowledged: Acknowledged[] = []
  const failures: string[] = []
  // The last line is cut short when the writer was killed.
  for (const line of text.split('\n').slice(0, -1)) {
    const [partition, number, offset, sentMs, acknowledgedMs] = line.split(' ').map(Number)
    const times = { sentMs: sentMs ?? NaN, acknowledgedMs: acknowledgedMs ?? NaN }
    const found = { partition: partition ?? NaN, number: number ?? NaN, offset: offset ?? NaN, ...times } // prettier-ignore
    if (Object.values(found).some(Number.isNaN)) failures.push(line)
    else acknowledged.push(found)
  }
  return { acknowledged, failures }
}
