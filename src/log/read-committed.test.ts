import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  append,
  batchOf,
  logWorld,
  newLog,
  reopen,
  type LogWorld,
} from '../../test/support/logs.ts'
import { ErrorCode } from '../protocol/index.ts'
import {
  batchesIn,
  buildEndTxnMarker,
  ControlRecordType,
  readEndTxnMarker,
  recordsOf,
} from '../records/index.ts'
import type { PartitionLog } from './partition-log.ts'

/** Small: transactions span segments. */
const config = { segmentBytes: 400, indexIntervalBytes: 50 }

type Step =
  | { readonly type: 'write' | 'commit' | 'abort'; readonly producerId: number }
  | { readonly type: 'plain' | 'close' | 'crash' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('write'), producerId: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('commit'), producerId: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('abort'), producerId: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.constant({ type: 'plain' }) },
  { weight: 1, arbitrary: fc.constantFrom({ type: 'close' }, { type: 'crash' }) },
)

/** The batches have times of long ago: a restart must not forget their producers. */
function worldWithoutExpiry(): LogWorld {
  const world = logWorld()
  const producers = { ...world.context.producers, producerIdExpirationMs: Infinity }
  return { ...world, context: { ...world.context, producers } }
}

/** What should be in the partition, told apart by hand. */
class Model {
  readonly written: { offset: number; value: string; state: 'open' | 'seen' | 'aborted' }[] = []
  readonly #open = new Map<number, number[]>()
  readonly #sequences = new Map<number, number>()

  nextSequence(producerId: number): number {
    const sequence = this.#sequences.get(producerId) ?? 0
    this.#sequences.set(producerId, sequence + 1)
    return sequence
  }

  write(offset: number, value: string, producerId?: number): void {
    const state = producerId === undefined ? 'seen' : 'open'
    const index = this.written.push({ offset, value, state }) - 1
    if (producerId === undefined) return
    this.#open.set(producerId, [...(this.#open.get(producerId) ?? []), index])
  }

  end(producerId: number, state: 'seen' | 'aborted'): void {
    for (const index of this.#open.get(producerId) ?? []) {
      const record = this.written[index]
      if (record !== undefined) record.state = state
    }
    this.#open.delete(producerId)
  }

  lastStableOffset(endOffset: number): number {
    return this.written.find(({ state }) => state === 'open')?.offset ?? endOffset
  }

  seenBelow(offset: number): string[] {
    return this.written
      .filter(record => record.state === 'seen' && record.offset < offset)
      .map(({ value }) => value)
  }
}

/** As a consumer reads: in pieces, each with the aborted transactions that the leader names for it. */
function consume(log: PartitionLog, maxBytes: number): string[] {
  const values: string[] = []
  let offset = log.logStartOffset
  while (offset < log.lastStableOffset) {
    const upTo = log.lastStableOffset
    const { errorCode, records, endOffset } = log.read(offset, maxBytes, {
      ...{ upTo, firstBatch: 'whole' },
    })
    assert.equal(errorCode, ErrorCode.NONE)
    assert.ok(records.sizeBytes > 0, `nothing at ${offset}, below ${upTo}`)
    const bytes = Buffer.alloc(records.sizeBytes)
    records.read(bytes, 0)
    records.release()
    const toCome = log
      .abortedTransactions(offset, endOffset)
      .sort((left, right) => left.firstOffset - right.firstOffset)
    assert.ok(toCome.every(({ firstOffset }) => firstOffset < endOffset))
    const aborted = new Set<number>()
    for (const { position, info } of batchesIn(bytes)) {
      while (toCome[0] !== undefined && toCome[0].firstOffset <= info.lastOffset) {
        aborted.add(toCome.shift()?.producerId ?? -1)
      }
      for (const record of recordsOf(bytes, position)) {
        if (info.isControl) {
          const isAbort = readEndTxnMarker(record)?.type === ControlRecordType.ABORT
          if (isAbort) aborted.delete(info.producerId)
        } else if (!info.isTransactional || !aborted.has(info.producerId)) {
          values.push(String(record.value))
        }
      }
      offset = info.lastOffset + 1
    }
    assert.equal(offset, endOffset, 'the end of what was read is the end that is told')
  }
  return values
}

/** The batch of a step, of which `model` hears. */
function batchFor(
  { type, producerId }: { readonly type: string; readonly producerId: number },
  value: string,
  offset: number,
  model: Model,
): Buffer {
  const about = { producerId, producerEpoch: 0 }
  switch (type) {
    case 'plain':
      model.write(offset, value)
      return batchOf([value])
    case 'write': {
      const baseSequence = model.nextSequence(producerId)
      model.write(offset, value, producerId)
      return batchOf([value], { ...about, baseSequence, isTransactional: true })
    }
    default: {
      const isCommit = type === 'commit'
      model.end(producerId, isCommit ? 'seen' : 'aborted')
      const marker = isCommit ? ControlRecordType.COMMIT : ControlRecordType.ABORT
      return buildEndTxnMarker({ ...about, coordinatorEpoch: 0, timestampMs: 1_000, type: marker })
    }
  }
}

test('a read_committed reader sees what was committed, in pieces of any size and after restarts', async () => {
  const steps = fc.array(step, { maxLength: 60 })
  const sizes = fc.integer({ min: 1, max: 600 })
  await fc.assert(
    fc.asyncProperty(steps, sizes, async (history, maxBytes) => {
      const world = worldWithoutExpiry()
      let log = newLog(world, config)
      const model = new Model()
      for (const [n, { type, ...rest }] of history.entries()) {
        if (type === 'close' || type === 'crash') {
          if (type === 'close') await log.close()
          else log.abandon()
          log = await reopen(world, { wasClean: type === 'close', config })
        } else {
          const producerId = 'producerId' in rest ? rest.producerId : -1
          append(log, batchFor({ type, producerId }, `value ${n}`, log.nextOffset, model))
        }
        log.updateHighWatermark(log.logEndOffset)
      }

      const { lastStableOffset } = log
      assert.equal(lastStableOffset, model.lastStableOffset(log.logEndOffset))
      assert.deepEqual(consume(log, maxBytes), model.seenBelow(lastStableOffset))
      await log.close()
    }),
    { numRuns: 150 },
  )
})
