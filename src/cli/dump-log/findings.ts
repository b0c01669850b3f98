/** What does not fit together in the files, by file. */

type Pairs = Map<string, (readonly [number, number])[]>

function add(pairs: Pairs, file: string, pair: readonly [number, number]): void {
  const known = pairs.get(file)
  if (known === undefined) pairs.set(file, [pair])
  else known.push(pair)
}

export class Findings {
  /** Entries of offset indexes: what they say, what the log has. Newest first, as Kafka keeps them. */
  readonly #indexMismatches: Pairs = new Map()
  readonly #timeMismatches: Pairs = new Map()
  readonly #timesOutOfOrder: Pairs = new Map()
  readonly #offsetsNotFound: Pairs = new Map()
  readonly #gaps: Pairs = new Map()

  indexMismatch(file: string, indexOffset: number, logOffset: number): void {
    add(this.#indexMismatches, file, [indexOffset, logOffset])
  }

  timeMismatch(file: string, indexTimestamp: number, logTimestamp: number): void {
    add(this.#timeMismatches, file, [indexTimestamp, logTimestamp])
  }

  timeOutOfOrder(file: string, timestamp: number, previous: number): void {
    add(this.#timesOutOfOrder, file, [timestamp, previous])
  }

  offsetNotFound(file: string, indexOffset: number, logOffset: number): void {
    add(this.#offsetsNotFound, file, [indexOffset, logOffset])
  }

  gap(file: string, first: number, second: number): void {
    add(this.#gaps, file, [first, second])
  }

  *lines(): Generator<string> {
    for (const [file, pairs] of this.#indexMismatches) {
      yield `Mismatches in :${file}`
      for (const [index, log] of pairs.toReversed()) {
        yield `  Index offset: ${index}, log offset: ${log}`
      }
    }
    for (const [file, pairs] of this.#timeMismatches) {
      yield `Found timestamp mismatch in :${file}`
      for (const [index, log] of pairs) {
        yield `  Index timestamp: ${index}, log timestamp: ${log}`
      }
    }
    for (const [file, pairs] of this.#timesOutOfOrder) {
      yield `Found out of order timestamp in :${file}`
      for (const [index, previous] of pairs) {
        yield `  Index timestamp: ${index}, Previously indexed timestamp: ${previous}`
      }
    }
    for (const pairs of this.#offsetsNotFound.values()) {
      yield 'The following indexed offsets are not found in the log.'
      for (const [index, log] of pairs) yield `Indexed offset: ${index}, found log offset: ${log}`
    }
    for (const [file, pairs] of this.#gaps) {
      yield `Non-consecutive offsets in ${file}`
      for (const [first, second] of pairs.toReversed()) yield `  ${first} is followed by ${second}`
    }
  }
}
