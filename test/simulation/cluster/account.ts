/** What clients were told, and whether that holds. */
import assert from 'node:assert/strict'

type Values = Map<number, string>

/** As the client knows it. */
export type Outcome = 'committed' | 'aborted' | 'unknown'

export class Account {
  /** By partition: what was acknowledged by all in-sync replicas, by offset. */
  readonly #acknowledged = new Map<string, Values>()
  /** By partition: what readers have seen. */
  readonly #seen = new Map<string, Values>()
  /** Partitions whose only disk has lost something: nothing was promised. */
  readonly #lossy = new Set<string>()
  readonly #outcomes = new Map<string, Outcome>()
  /** By group and partition. */
  readonly #committed = new Map<string, Map<string, number>>()

  acknowledgedCount = 0

  acknowledge(place: string, offset: number, value: string): void {
    const values = valuesOf(this.#acknowledged, place)
    const known = values.get(offset)
    this.acknowledgedCount += 1
    if (this.#lossy.has(place)) return
    values.set(offset, value)
    assert.equal(known, undefined, `${place}: ${offset} was given to ${known ?? ''} and ${value}`)
    this.#compare(place, offset, value, this.#seen, 'was read before')
  }

  see(place: string, offset: number, value: string): void {
    if (this.#lossy.has(place)) return
    this.#compare(place, offset, value, this.#acknowledged, 'was acknowledged')
    this.#compare(place, offset, value, this.#seen, 'was read before')
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

  // -- transactions

  endTransaction(name: string, outcome: Outcome): void {
    this.#outcomes.set(name, outcome)
  }

  /** `values` are all that a reader of committed transactions has seen: `transaction/n/count`. */
  checkTransactions(values: Iterable<string>): void {
    const found = new Map<string, { readonly parts: Set<string>; readonly count: number }>()
    for (const value of values) {
      const [name = '', part = '', count = ''] = value.split('/')
      const known = found.get(name) ?? { parts: new Set(), count: Number(count) }
      assert.ok(!known.parts.has(part), `${value} is there twice`)
      known.parts.add(part)
      found.set(name, known)
    }
    for (const [name, outcome] of this.#outcomes) {
      const { parts, count } = found.get(name) ?? { parts: new Set(), count: -1 }
      if (outcome === 'committed') assert.equal(parts.size, count, `${name} is committed`)
      else if (outcome === 'aborted') assert.equal(parts.size, 0, `${name} is aborted`)
      else assert.ok(parts.size === 0 || parts.size === count, `${name} is torn`)
    }
  }

  // -- offsets of groups

  commit(groupId: string, place: string, offset: number): void {
    const known = this.#committed.get(groupId) ?? new Map<string, number>()
    this.#committed.set(groupId, known)
    known.set(place, Math.max(offset, known.get(place) ?? 0))
  }

  /** What is committed at least, from now on. */
  committedFloor(groupId: string): ReadonlyMap<string, number> {
    return new Map(this.#committed.get(groupId))
  }

  checkCommitted(floor: ReadonlyMap<string, number>, place: string, offset: number): void {
    const least = floor.get(place) ?? 0
    assert.ok(offset >= least, `the offset committed for ${place} went from ${least} to ${offset}`)
  }

  // -- what is stored

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

/** Of each producer in the order in which it sent them, and none twice; `values` are `name.life-count`. */
export function checkOrder(place: string, values: Iterable<string>): void {
  const last = new Map<string, number>()
  for (const value of values) {
    const dash = value.lastIndexOf('-')
    const producer = value.slice(0, dash)
    const count = Number(value.slice(dash + 1))
    const before = last.get(producer) ?? 0
    assert.ok(count > before, `${place}: ${value} stands behind ${producer}-${before}`)
    last.set(producer, count)
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
