/** What clients were told, and whether that holds. */
import assert from 'node:assert/strict'

type Values = Map<number, string>

export class Account {
  /** By partition: what was acknowledged by all in-sync replicas, by offset. */
  readonly #acknowledged = new Map<string, Values>()
  /** By partition: what readers have seen. */
  readonly #seen = new Map<string, Values>()
  /** Partitions whose only disk has lost something: nothing was promised. */
  readonly #lossy = new Set<string>()

  acknowledgedCount = 0

  acknowledge(place: string, offset: number, value: string): void {
    const values = valuesOf(this.#acknowledged, place)
    const known = values.get(offset)
    this.acknowledgedCount += 1
    values.set(offset, value)
    if (this.#lossy.has(place)) return
    assert.equal(known, undefined, `${place}: ${offset} was given to ${known ?? ''} and ${value}`)
    this.#compare(place, offset, value, this.#seen, 'was read before')
  }

  see(place: string, offset: number, value: string): void {
    if (!this.#lossy.has(place)) {
      this.#compare(place, offset, value, this.#acknowledged, 'was acknowledged')
      this.#compare(place, offset, value, this.#seen, 'was read before')
    }
    valuesOf(this.#seen, place).set(offset, value)
  }

  #compare(
    place: string,
    offset: number,
    value: string,
    told: Map<string, Values>,
    how: string,
  ): void {
    const known = told.get(place)?.get(offset)
    assert.equal(value, known ?? value, `${place}: at ${offset} ${known ?? ''} ${how}`)
  }

  /** The only disk that has this partition has lost bytes. */
  forgive(place: string): void {
    this.#lossy.add(place)
    this.#acknowledged.delete(place)
    this.#seen.delete(place)
  }

  isForgiven(place: string): boolean {
    return this.#lossy.has(place)
  }

  /** What a replica holds has all that was told. */
  checkHas(place: string, stored: ReadonlyMap<number, string>, who: string): void {
    for (const [how, told] of [
      ['was acknowledged', this.#acknowledged],
      ['was read', this.#seen],
    ] as const) {
      for (const [offset, value] of told.get(place) ?? []) {
        assert.equal(stored.get(offset), value, `${who} lacks ${offset} of ${place}, which ${how}`)
      }
    }
  }
}

function valuesOf(all: Map<string, Values>, place: string): Values {
  let values = all.get(place)
  if (values === undefined) {
    values = new Map()
    all.set(place, values)
  }
  return values
}
