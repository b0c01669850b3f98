/** What a broker serves of a partition, and whether it is what it had acknowledged. */
import assert from 'node:assert/strict'
import { ErrorCode, FetchRequest, FetchResponse } from '../../src/protocol/index.ts'
import { recordsIn } from '../../src/records/index.ts'
import { RawClient } from '../broker/raw-client.ts'
import type { LoadWriter } from './load-writer.ts'

const FETCH_VERSION = 11

/** The values of a partition from offset `from` on; each stands at its offset less `from`. */
export async function storedValues(
  client: RawClient,
  topic: string,
  partition: number,
  from: number,
): Promise<string[]> {
  const values: string[] = []
  while (true) {
    const fetchOffset = from + values.length
    const answer = await client.request([FetchRequest, FetchResponse], FETCH_VERSION, {
      maxWaitMs: 0,
      minBytes: 0,
      topics: [{ topic, partitions: [{ partition, fetchOffset, partitionMaxBytes: 1 << 20 }] }],
      forgottenTopicsData: [],
    })
    const read = answer.responses[0]?.partitions[0]
    assert.equal(read?.errorCode, ErrorCode.NONE)
    if (fetchOffset >= read.highWatermark) return values
    for (const record of recordsIn(read.records ?? Buffer.alloc(0))) {
      if (record.offset < fetchOffset) continue
      assert.equal(record.offset, from + values.length, 'offsets have no gap')
      values.push(String(record.value))
    }
    assert.ok(from + values.length > fetchOffset, `nothing at offset ${fetchOffset}`)
  }
}

/** Everything that was acknowledged stands where it was said to stand. */
export function checkAcknowledged(
  writer: LoadWriter,
  values: readonly string[],
  alreadyChecked: number,
): void {
  for (const { baseOffset, firstNumber, recordCount } of writer.acknowledged.slice(
    alreadyChecked,
  )) {
    for (let i = 0; i < recordCount; i++) {
      const offset = baseOffset + i
      assert.equal(
        values[offset],
        writer.valueOf(firstNumber + i),
        `acknowledged at offset ${offset}`,
      )
    }
  }
}

/** No record stands twice; those of an idempotent producer are complete too, in the order sent. */
export function checkOrder(writer: LoadWriter, values: readonly string[]): void {
  const numbers = values
    .filter(value => value.startsWith(`${writer.name}:`))
    .map(value => Number(value.split(':')[1]))
  numbers.forEach((number, i) => {
    const before = numbers[i - 1] ?? -1
    if (writer.isIdempotent)
      assert.equal(number, before + 1, `${writer.name}: nothing lost between`)
    else assert.ok(number > before, `${writer.name}: ${number} after ${before}`)
  })
}
