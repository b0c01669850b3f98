/**
 * What a group has committed, as its log says: an account made without the coordinator's code. The
 * offsets of a transaction are kept apart until its marker; what a later commit has overtaken stays.
 */
import { strict as assert } from 'node:assert'
import { decodeRecord, type GroupRecord } from '../../../src/group/index.ts'
import {
  batchesIn,
  ControlRecordType,
  readEndTxnMarker,
  recordsOf,
  type Record,
} from '../../../src/records/index.ts'

type Offset = GroupRecord & { type: 'offset' }

interface Committed {
  readonly offset: bigint
  /** Of the record in the log. */
  readonly logOffset: number
}

export class OffsetAccount {
  /** By `topic-partition`. */
  readonly committed = new Map<string, Committed>()
  /** By producer id, then by `topic-partition`. */
  readonly open = new Map<number, Map<string, Committed>>()
  /** How often each producer's transactions were ended. */
  readonly markers = new Map<number, number>()
  /** All that was ever written, in transactions too. */
  readonly written = new Set<bigint>()
  /** Of the last metadata record; 0 when the group is gone. */
  generationId = 0
  /** How often the group was deleted. */
  deletions = 0

  /** @throws AssertionError when the log itself breaks a rule */
  learn(bytes: Buffer): void {
    for (const { position, info } of batchesIn(bytes)) {
      const producerId = info.isTransactional ? info.producerId : undefined
      for (const record of recordsOf(bytes, position)) {
        if (info.isControl) this.#end(info.producerId, record)
        else this.#take(record, producerId)
      }
    }
  }

  #take({ key, value, offset }: Record, producerId: number | undefined): void {
    const record = decodeRecord({ key, value })
    assert.ok(record !== undefined && key !== null)
    if (record.type === 'offset') this.#commit(record, offset, producerId)
    else if (record.type === 'metadata') this.#rebalance(record)
  }

  #rebalance({ metadata }: GroupRecord & { type: 'metadata' }): void {
    const generationId = metadata?.generationId ?? 0
    const isBack = metadata !== null && generationId < this.generationId
    assert.ok(!isBack, `stored generation ${generationId} after ${this.generationId}`)
    this.generationId = generationId
    if (metadata === null) this.deletions += 1
  }

  #commit(record: Offset, logOffset: number, producerId: number | undefined): void {
    const place = `${record.topic}-${record.partition}`
    const into = producerId === undefined ? this.committed : this.#openOf(producerId)
    if (record.committed === null) {
      into.delete(place)
      return
    }
    const { offset } = record.committed
    this.written.add(offset)
    into.set(place, { offset, logOffset })
  }

  #openOf(producerId: number): Map<string, Committed> {
    const open = this.open.get(producerId) ?? new Map<string, Committed>()
    this.open.set(producerId, open)
    return open
  }

  #end(producerId: number, record: Record): void {
    const marker = readEndTxnMarker(record)
    assert.ok(marker !== undefined)
    this.markers.set(producerId, (this.markers.get(producerId) ?? 0) + 1)
    const open = this.open.get(producerId)
    this.open.delete(producerId)
    if (open === undefined || marker.type !== ControlRecordType.COMMIT) return
    for (const [place, committed] of open) {
      if ((this.committed.get(place)?.logOffset ?? -1) > committed.logOffset) continue
      this.committed.set(place, committed)
    }
  }

  /** The offsets that count, in order of their places. */
  counting(): [string, bigint][] {
    return sorted(Array.from(this.committed, ([place, { offset }]) => [place, offset]))
  }

  /** Places with an offset whose transaction is undecided. */
  undecided(): Set<string> {
    return new Set([...this.open.values()].flatMap(open => [...open.keys()]))
  }
}

export function sorted(entries: [string, bigint][]): [string, bigint][] {
  return entries.sort(([left], [right]) => (left < right ? -1 : 1))
}
