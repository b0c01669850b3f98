/**
 * What the clients of the transactions drill write down of themselves, line by line, into files that
 * survive their kill: what they mean to do before they do it, and how each call ended.
 */

/** Both sides of one transfer between accounts: a record in the partition of each. */
export interface Entry {
  readonly account: number
  readonly amount: number
}

/** What one transaction is to do. */
export interface Intent {
  /** `<client>.<life>.<number>`: a client has a new life after each kill. */
  readonly id: string
  /** Of the input: instructions `from` to `next` (excluded) are carried out; `next` is committed. */
  readonly from: number
  readonly next: number
  readonly entries: readonly Entry[]
}

export type Call = 'init' | 'position' | 'send' | 'offsets' | 'commit' | 'abort'

/** `atMs` is wall time in milliseconds, with a fraction. */
export type Line = { readonly atMs: number } & (
  | { readonly event: 'intent'; readonly intent: Intent }
  | { readonly event: 'call'; readonly call: Call }
  | { readonly event: 'done'; readonly call: Call }
  | { readonly event: 'failed'; readonly call: Call; readonly code: string }
)

/** One life of one client. */
export interface Life {
  /** Whose input it reads: the partition of the input topic. */
  readonly client: number
  readonly lines: readonly Line[]
}

/**
 * `committed` and `aborted`: the broker has said so, or nobody ever asked for a commit. `unknown`: a
 * commit was asked for, and nobody lived to hear the answer.
 */
export type End = 'committed' | 'aborted' | 'unknown'

export interface PlannedTransaction extends Intent {
  readonly client: number
  readonly end: End
}

/** The last line may be cut short: its writer was killed. */
export function linesOf(text: string): Line[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as Line)
}

/** The transactions of one life, in their order. */
export function transactionsOf({ client, lines }: Life): PlannedTransaction[] {
  const transactions: PlannedTransaction[] = []
  let current: { intent: Intent; end: End } | undefined
  const finish = (): void => {
    if (current !== undefined) transactions.push({ ...current.intent, client, end: current.end })
  }
  for (const line of lines) {
    if (line.event === 'intent') {
      finish()
      current = { intent: line.intent, end: 'aborted' }
    } else if (current !== undefined) {
      current.end = endAfter(line, current.end)
    }
  }
  finish()
  return transactions
}

function endAfter(line: Exclude<Line, { event: 'intent' }>, end: End): End {
  if (line.call === 'commit') return line.event === 'done' ? 'committed' : 'unknown'
  return line.call === 'abort' && line.event === 'done' ? 'aborted' : end
}

/** Whether a call waited for its answer at this moment. */
export function hadOpenCall({ lines }: Life, atMs: number): boolean {
  const before = lines.filter(line => line.event !== 'intent' && line.atMs <= atMs)
  return before.at(-1)?.event === 'call'
}

/** Whether records of a transaction are in the log whose end nobody has asked for. */
export function isAmidTransaction(lines: readonly Line[]): boolean {
  const last = lines.at(-1)
  return last !== undefined && last.event !== 'intent' && last.event !== 'failed' &&
    (last.call === 'offsets' || (last.call === 'send' && last.event === 'done')) // prettier-ignore
}
