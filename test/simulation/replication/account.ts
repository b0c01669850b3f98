/** What those outside were told of a partition, and whether it holds (the promises of replication). */
import assert from 'node:assert/strict'
import type { SimBroker } from './broker.ts'

export class Account {
  /** Acknowledged by all that were in sync: `offset:value`. */
  readonly #acknowledged = new Map<number, string>()
  /** What a consumer has seen. */
  readonly #seen = new Map<number, string>()
  /** Who led in each epoch. */
  readonly #leaders = new Map<number, number>()
  /** The high watermark of a leader in its term. */
  readonly #watermarks = new Map<string, number>()

  get acknowledgedCount(): number {
    return this.#acknowledged.size
  }

  /** Where the consumer goes on. */
  get position(): number {
    return this.#seen.size
  }

  acknowledge(offset: number, value: string): void {
    const known = this.#acknowledged.get(offset)
    assert.equal(known, undefined, `offset ${offset} was given to ${known ?? ''} and to ${value}`)
    this.#acknowledged.set(offset, `${offset}:${value}`)
  }

  /** Texts of a fetch from `position` on, which may begin earlier. */
  see(texts: readonly string[], who: string): void {
    for (const text of texts) {
      const offset = Number(text.slice(0, text.indexOf(':')))
      const known = this.#seen.get(offset) ?? this.#acknowledged.get(offset)
      if (known !== undefined) assert.equal(text, known, `${who} shows another record`)
      this.#seen.set(offset, text)
    }
  }

  /** Looks at all brokers that are up. */
  check(brokers: readonly SimBroker[], controller: { isr: readonly number[] }): void {
    for (const broker of brokers) this.#checkTerm(broker)
    const inSync = brokers.filter(({ id }) => controller.isr.includes(id))
    const logs = inSync.map(({ texts, partition, id }) => ({
      ...{ texts, id, highWatermark: partition?.highWatermark ?? 0 },
    }))
    for (const one of logs) {
      for (const other of logs) {
        const committed = Math.min(one.highWatermark, other.highWatermark)
        assert.deepEqual(
          one.texts.slice(0, committed),
          other.texts.slice(0, committed),
          `${one.id} and ${other.id} differ below the high watermark`,
        )
      }
    }
  }

  #checkTerm({ id, epoch, partition }: SimBroker): void {
    if (partition?.isLeader !== true) return
    const { leaderEpoch, highWatermark } = partition
    const leader = this.#leaders.get(leaderEpoch) ?? id
    assert.equal(id, leader, `two leaders in epoch ${leaderEpoch}`)
    this.#leaders.set(leaderEpoch, id)
    const term = `${id}/${epoch}/${leaderEpoch}`
    const before = this.#watermarks.get(term) ?? 0
    assert.ok(highWatermark >= before, `the high watermark went from ${before} to ${highWatermark}`)
    this.#watermarks.set(term, highWatermark)
  }

  /** An elected leader, or any replica in the end, has all that was promised. */
  checkHas({ id, texts }: SimBroker, when: string): void {
    for (const promised of [this.#acknowledged, this.#seen]) {
      for (const [offset, text] of promised) {
        assert.equal(texts[offset], text, `broker ${id} lacks a record ${when}`)
      }
    }
  }
}
