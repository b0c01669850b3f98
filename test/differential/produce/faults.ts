/** Record sets in which single records have faults, by what is wrong with them (KIP-467). */
import { BatchBuilder, type BatchOptions, type NewRecord } from '../../../src/records/index.ts'

export interface Fault {
  readonly title: string
  readonly records: Buffer | null
  /** Of the request: 2 is the last for old formats, 8 is the first that tells of records. */
  readonly versions: readonly number[]
  readonly topic?: 'plain' | 'compacted' | 'strict-times' | 'append-time' | 'small'
  /** Why it is not answered as genuine Kafka answers it. */
  readonly unlike?: string
}

/** Records of `strict-times` may be so much older or younger than now. */
export const STRICT_MS = 60_000

export const key = Buffer.from('k')
export const value = Buffer.from('v')

export function batch(records: readonly NewRecord[], options: BatchOptions = {}): Buffer {
  const builder = new BatchBuilder(options)
  for (const record of records) builder.append(record)
  return builder.close()
}

/** Three sound records. */
export const soundBatch = (): Buffer =>
  batch([1, 2, 3].map(() => ({ key, value, timestamp: Date.now() })))

/** Of all shapes that an answer had since there are batches. */
export const modern = [3, 7, 8, 9, 11] as const

export function recordFaults(): readonly Fault[] {
  const now = Date.now()
  const times = (...offsetsMs: readonly number[]) =>
    batch(offsetsMs.map(ms => ({ key, value, timestamp: now + ms })))
  const keys = (...present: readonly boolean[]) =>
    batch(present.map(is => ({ key: is ? key : null, value, timestamp: now })))
  const late = -10 * STRICT_MS
  const many = (count: number) => keys(...Array.from({ length: count }, () => false))
  const both = batch([
    { key: null, value, timestamp: now },
    { key, value, timestamp: now + late },
    { key: null, value, timestamp: now + late },
  ])
  const stamped = batch([{ key, value }], { logAppendTimeMs: now })
  const single = (title: string, records: Buffer, topic?: Fault['topic']): Fault =>
    topic === undefined
      ? { title, records, versions: modern }
      : { title, records, versions: modern, topic }
  return [
    single('no key', keys(false), 'compacted'),
    single('two of three without key', keys(false, true, false), 'compacted'),
    single('five without key', many(5), 'compacted'),
    single('so many without key', many(300), 'compacted'),
    single('no key, compressed', batch([{ value }, { key, value }], { codec: 1 }), 'compacted'),
    single('too old', times(late), 'strict-times'),
    single('too young', times(-late), 'strict-times'),
    single('one of three too old', times(0, late, 0), 'strict-times'),
    single('old and young', times(late, -late, late, -late), 'strict-times'),
    single('too old for a topic with append time', times(late), 'append-time'),
    single('no key and too old', both, 'strict-times'),
    single('no key and too old, compacted', both, 'compacted'),
    single('append time from a producer', stamped),
    single('append time from a producer, for a topic with it', stamped, 'append-time'),
  ]
}
