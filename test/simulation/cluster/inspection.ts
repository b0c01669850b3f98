/** Looks into brokers for what must hold at any moment, and for what they have stored. */
import assert from 'node:assert/strict'
import type { PartitionLog } from '../../../src/log/index.ts'
import { batchesIn, recordsIn } from '../../../src/records/index.ts'
import type { Partition } from '../../../src/replica/index.ts'
import { nameOf, type ClusterWorld, type Place } from './world.ts'

const READ_BYTES = 65_536

export class Inspection {
  readonly #world: ClusterWorld
  /** Who led in which epoch of which partition. */
  readonly #leaders = new Map<string, number>()
  /** High watermarks by partition, broker, its life, and epoch. */
  readonly #watermarks = new Map<string, number>()
  /** Up to where replicas were compared. */
  readonly #compared = new Map<string, number>()

  constructor(world: ClusterWorld) {
    this.#world = world
  }

  /** One leader an epoch; what a leader says is committed stays so, and those in sync have it. */
  checkTerms(): void {
    for (const place of this.#world.places) {
      for (const id of this.#world.brokers.keys()) {
        const held = this.#world.held(id, place)
        if (held?.isLeader === true) this.#checkLeader(place, id, held)
      }
    }
  }

  #checkLeader(place: Place, id: number, held: Partition): void {
    const { leaderEpoch, highWatermark } = held
    const term = `${nameOf(place)} in epoch ${leaderEpoch}`
    const known = this.#leaders.get(term)
    assert.ok(known === undefined || known === id, `${known} and ${id} lead ${term}`)
    this.#leaders.set(term, id)
    const life = `${term} on ${id}, life ${this.#world.brokers.get(id)?.lives}`
    const before = this.#watermarks.get(life) ?? 0
    assert.ok(highWatermark >= before, `the high watermark of ${life}: ${before}, ${highWatermark}`)
    this.#watermarks.set(life, highWatermark)
    this.#checkInSync(place, id, held)
  }

  /** A broker that lost bytes is in the ISR until the controller has heard of its end. */
  #checkInSync(place: Place, id: number, { isr, leaderEpoch, highWatermark }: Partition): void {
    if (leaderEpoch < this.#latestEpoch(place)) return
    for (const member of isr) {
      const replica = this.#world.held(member, place)
      if (member === id || member === this.#world.wounded || replica === undefined) continue
      const end = replica.log.logEndOffset
      assert.ok(
        end >= highWatermark,
        `${member} is in sync with ${nameOf(place)}, ends at ${end}, and ${highWatermark} are committed`,
      )
    }
  }

  #latestEpoch(place: Place): number {
    let latest = -1
    for (const id of this.#world.brokers.keys()) {
      latest = Math.max(latest, this.#world.held(id, place)?.leaderEpoch ?? -1)
    }
    return latest
  }

  /** Replicas are the same to the byte below their high watermarks; `fromStart`: looked at in full. */
  checkBytes(fromStart = false): void {
    for (const place of this.#world.places) {
      const name = nameOf(place)
      const hidden = fromStart ? undefined : this.#world.rotten?.id
      const replicas = [...this.#world.brokers.keys()].flatMap(id =>
        id === hidden ? [] : (this.#world.held(id, place) ?? []),
      )
      const [first, ...others] = replicas
      if (first === undefined || others.length === 0) continue
      const from = fromStart ? 0 : (this.#compared.get(name) ?? 0)
      const to = Math.min(...replicas.map(({ highWatermark }) => highWatermark))
      if (to <= from) continue
      // A disk that fails is not asked, lest it fails of that.
      if (replicas.some(({ log }) => log.isOffline) || this.#world.hasBadDisk) continue
      const bytes = bytesOf(first.log, from, to)
      for (const other of others) {
        const others = bytesOf(other.log, from, to)
        if (bytes.equals(others)) continue
        assert.deepEqual(batchesOf(others), batchesOf(bytes), `replicas of ${name} differ`)
        assert.fail(`replicas of ${name} differ between ${from} and ${to} in their records`)
      }
      this.#compared.set(name, to)
    }
  }
}

/** Whole batches from the one that holds `from` up to `to`. */
function bytesOf(log: PartitionLog, from: number, to: number): Buffer {
  const parts: Buffer[] = []
  for (let at = Math.max(from, log.logStartOffset); at < to;) {
    const { records } = log.read(at, READ_BYTES, { upTo: to, firstBatch: 'whole' })
    const bytes = Buffer.alloc(records.sizeBytes)
    records.read(bytes, 0)
    records.release()
    let last = -1
    for (const { info } of batchesIn(bytes)) last = info.lastOffset
    if (last < at) break
    parts.push(bytes)
    at = last + 1
  }
  return Buffer.concat(parts)
}

function batchesOf(bytes: Buffer): string[] {
  return Array.from(
    batchesIn(bytes),
    ({ info }) =>
      `${info.baseOffset}-${info.lastOffset} of ${info.producerId}/${info.producerEpoch} in epoch ${info.leaderEpoch}`,
  )
}

/** Values by offset of everything that is committed, markers left out. */
export function valuesIn({ log, highWatermark }: Partition): Map<number, string> {
  const values = new Map<number, string>()
  for (const { offset, value } of recordsIn(bytesOf(log, 0, highWatermark))) {
    values.set(offset, value?.toString() ?? '')
  }
  return values
}
