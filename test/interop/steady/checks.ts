/** What is asked of producers that never stop, and of what they have written. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Kafka } from '../../../src/client/index.ts'
import { until } from '../../support/until.ts'
import type { Writer } from './writers.ts'

/** Records of each writer between two faults. */
const SHARE = 200

/** Every writer has so many records more acknowledged. */
export async function allGrow(writers: readonly Writer[]): Promise<void> {
  const wanted = writers.map(writer => writer.count + SHARE)
  for (const [nth, writer] of writers.entries()) {
    await until(`${writer.topic} grows`, () => {
      assert.ok(!writer.hasFailed, `the writer to ${writer.topic} has failed`)
      return writer.count >= (wanted[nth] ?? 0)
    })
  }
}

/** What was acknowledged is where it was said to be, and nothing is there twice. */
export async function compare(
  kafka: Kafka,
  { topic, told }: Writer,
  partitions: number,
): Promise<void> {
  const found = await readAll(kafka, topic, partitions)
  for (const [partition, values] of told) {
    const there = found.get(partition) ?? new Map<number, string>()
    for (const [offset, value] of values) {
      assert.equal(there.get(offset), value, `${topic}-${partition} at ${offset}`)
    }
    assert.equal(new Set(there.values()).size, there.size, `twice in ${topic}-${partition}`)
  }
}

/** By partition, the committed values by offset: up to a last record that is sent to each. */
async function readAll(
  kafka: Kafka,
  topic: string,
  count: number,
): Promise<Map<number, Map<number, string>>> {
  const partitions = Array.from({ length: count }, (_, partition) => ({ topic, partition }))
  await using producer = kafka.producer({ acks: 'all' })
  const ends = await Promise.all(
    partitions.map(async place => (await producer.send({ ...place, value: 'end' })).offset),
  )
  await using consumer = kafka.consumer({
    ...{ autoOffsetReset: 'earliest', isolationLevel: 'read_committed' },
  })
  consumer.assign(partitions)
  consumer.seekToBeginning(partitions)
  const found = new Map<number, Map<number, string>>()
  let left = count
  for await (const { partition, offset, value } of consumer) {
    const there = found.get(partition) ?? new Map<number, string>()
    found.set(partition, there.set(offset, value?.toString() ?? ''))
    if (offset === ends[partition] && (left -= 1) === 0) break
  }
  return found
}

/** All segments of a log in one piece. */
export const bytesOf = (directory: string): Buffer =>
  Buffer.concat(
    readdirSync(directory)
      .filter(name => name.endsWith('.log'))
      .sort()
      .map(name => readFileSync(join(directory, name))),
  )
