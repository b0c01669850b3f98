import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BatchBuilder, stamp } from '../../records/index.ts'
import { Comparison, type Replica } from './comparison.ts'

const place = { topic: 't', partition: 0 }

function batch(baseOffset: number, values: readonly string[]): Buffer {
  const builder = new BatchBuilder({})
  for (const value of values) {
    builder.append({ timestamp: 1, key: null, value: Buffer.from(value) })
  }
  const bytes = builder.close()
  stamp(bytes, 0, { baseOffset, leaderEpoch: 0 })
  return bytes
}

function compared(...replicas: readonly Omit<Replica, 'brokerId'>[]) {
  const lines: string[] = []
  const comparison = new Comparison([{ ...place, offset: 0 }], text => lines.push(text))
  const verdict = comparison.compare(() => replicas.map((one, brokerId) => ({ ...one, brokerId })))
  return { verdict, lines, position: comparison.positionOf(place) }
}

const [first, second] = [batch(0, ['a', 'b']), batch(2, ['c'])]

test('replicas are compared as far as all have records, and up to what is committed', () => {
  const whole = { highWatermark: 3, records: Buffer.concat([first, second]) }
  const behind = { highWatermark: 3, records: first }
  const uncommitted = { highWatermark: 2, records: Buffer.concat([first, second]) }

  const same = compared(whole, whole)
  const short = compared(whole, behind)
  const early = compared(uncommitted, uncommitted)

  assert.deepEqual([same.position, short.position, early.position], [3, 2, 2])
  assert.deepEqual(same.verdict, { type: 'on', most: { ...place, offset: 3, lag: 0 } })
  assert.deepEqual(short.verdict, { type: 'on', most: { ...place, offset: 2, lag: 1 } })
  assert.deepEqual([...same.lines, ...short.lines], [])
})

test('other bytes are told of, and other offsets end it', () => {
  const whole = { highWatermark: 3, records: Buffer.concat([first, second]) }
  const changed = { highWatermark: 3, records: Buffer.concat([batch(0, ['a', 'x']), second]) }
  const shifted = { highWatermark: 3, records: batch(0, ['a']) }

  const bytes = compared(whole, changed)
  const offsets = compared(whole, shifted)

  assert.match(bytes.lines.join(), /^partition t-0 has unmatched checksum at offset 1; replica 0's checksum \d+; replica 1's checksum \d+$/) // prettier-ignore
  assert.equal(bytes.position, 3)
  assert.deepEqual(offsets.verdict, { type: 'off' })
  assert.deepEqual(offsets.lines, [
    "partition t-0: replica 0's offset 1 doesn't match replica 1's offset 0",
  ])
})
