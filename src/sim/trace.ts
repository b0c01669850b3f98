/** What happened in a run, line by line, so that two runs of one seed can be compared. */
import { createHash } from 'node:crypto'

/** Lines kept to show a difference; the digest covers all. */
const maxKeptLines = 100_000

export class Trace {
  readonly #hash = createHash('sha256')
  readonly #lines: string[] = []
  #count = 0

  note(atMs: number, who: string, what: string): void {
    const line = `${atMs.toFixed(3)} ${who} ${what}`
    this.#hash.update(line).update('\n')
    this.#count += 1
    if (this.#lines.length < maxKeptLines) this.#lines.push(line)
  }

  get count(): number {
    return this.#count
  }

  get lines(): readonly string[] {
    return this.#lines
  }

  /** Of all lines so far. */
  digest(): string {
    return this.#hash.copy().digest('hex')
  }
}

/** @returns where two runs part, with a few lines before; undefined when they are the same */
export function differenceOf(first: Trace, second: Trace): string | undefined {
  if (first.digest() === second.digest()) return undefined
  const length = Math.min(first.lines.length, second.lines.length)
  let at = 0
  while (at < length && first.lines[at] === second.lines[at]) at += 1
  return [
    `the runs part at line ${at + 1} of ${first.count} and ${second.count}:`,
    ...first.lines.slice(Math.max(0, at - 5), at).map(line => `  ${line}`),
    `1 ${first.lines[at] ?? '(end, or beyond the kept lines)'}`,
    `2 ${second.lines[at] ?? '(end, or beyond the kept lines)'}`,
  ].join('\n')
}
