/**
 * A partition log in memory, for the coordinator: replicas take their time, refuse, or lose what was
 * not durable when the coordinator crashed.
 */
import { strict as assert } from 'node:assert'
import type { Clock } from '../../src/host/index.ts'
import { ErrorCode } from '../../src/protocol/index.ts'
import { baseOffsetOf, recordCountOf, stamp } from '../../src/records/index.ts'
import type { Append, AppendOutcome, PartitionLog } from '../../src/runtime/index.ts'

/** What becomes of an append. Refused: not written. Timed out: written, but nobody can tell. */
export interface AppendFate {
  readonly delayMs: number
  readonly errorCode: ErrorCode
}

interface Partition {
  batches: { readonly bytes: Buffer; isDurable: boolean }[]
  nextOffset: number
  /** When the replicas will have the last batch: they take them in order. */
  durableAtMs: number
}

export class MemoryLog implements PartitionLog {
  /** Asked for each append. */
  fateOf: (append: Append) => AppendFate = () => ({ delayMs: 0, errorCode: ErrorCode.NONE })
  /** Called when a batch is durable and before the coordinator hears of it. */
  onDurable: (partition: number, batch: Buffer) => void = () => undefined
  readonly #clock: Clock
  readonly #partitions = new Map<number, Partition>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** All that is there, in order. */
  batches(partition: number): Buffer[] {
    return this.#at(partition).batches.map(batch => batch.bytes)
  }

  async *readAll(partition: number): AsyncIterable<Buffer> {
    for (const bytes of this.batches(partition)) {
      await Promise.resolve()
      yield bytes
    }
  }

  append(append: Append): Promise<AppendOutcome> {
    const fate = this.fateOf(append)
    const isTimeout = fate.errorCode === ErrorCode.REQUEST_TIMED_OUT
    if (fate.errorCode !== ErrorCode.NONE && !isTimeout) {
      return this.#later(fate.delayMs, () => ({ errorCode: fate.errorCode, baseOffset: -1 }))
    }
    const partition = this.#at(append.partition)
    const baseOffset = partition.nextOffset
    stamp(append.batch, 0, { baseOffset, leaderEpoch: 0 })
    partition.nextOffset += recordCountOf(append.batch)
    const batch = { bytes: append.batch, isDurable: false }
    partition.batches.push(batch)

    const nowMs = this.#clock.monotonicMs()
    partition.durableAtMs = Math.max(partition.durableAtMs, nowMs + fate.delayMs)
    return this.#later(partition.durableAtMs - nowMs, () => {
      if (isTimeout) return { errorCode: fate.errorCode, baseOffset: -1 }
      // Meanwhile another leads: what it has of this it has already.
      if (batch.isDurable || !partition.batches.includes(batch)) {
        return { errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER, baseOffset: -1 }
      }
      batch.isDurable = true
      this.onDurable(append.partition, batch.bytes)
      return { errorCode: ErrorCode.NONE, baseOffset }
    })
  }

  /** The leader dies: of what was not durable another has the first `keep` batches, and the rest is lost. */
  crash(partition: number, keep: (notDurable: number) => number): void {
    const at = this.#at(partition)
    const firstOpen = at.batches.findLastIndex(batch => batch.isDurable) + 1
    const kept = firstOpen + keep(at.batches.length - firstOpen)
    at.batches = at.batches.slice(0, kept)
    for (const batch of at.batches) batch.isDurable = true
    const last = at.batches.at(-1)?.bytes
    at.nextOffset = last === undefined ? 0 : baseOffsetOf(last) + recordCountOf(last)
    assert.ok(at.nextOffset >= 0)
  }

  #at(number: number): Partition {
    let partition = this.#partitions.get(number)
    if (partition === undefined) {
      partition = { batches: [], nextOffset: 0, durableAtMs: 0 }
      this.#partitions.set(number, partition)
    }
    return partition
  }

  #later<Value>(delayMs: number, value: () => Value): Promise<Value> {
    if (delayMs === 0) return Promise.resolve(value())
    return new Promise(resolve => this.#clock.after(delayMs, () => resolve(value())))
  }
}
