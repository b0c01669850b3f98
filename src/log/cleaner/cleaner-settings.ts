import { BYTES_PER_ENTRY } from './offset-map.ts'

/** The cleaner's part of a broker's configuration, by its properties. All may change at run time. */
export interface CleanerSettings {
  /** `log.cleaner.threads` */
  readonly threads: number
  /** `log.cleaner.dedupe.buffer.size`, of all threads together. Each takes as much of its share as a log needs. */
  readonly dedupeBufferBytes: number
  /** `log.cleaner.io.buffer.load.factor`: how full that may get. */
  readonly loadFactor: number
  /** `log.cleaner.io.buffer.size`, of all threads together, half for reading, half for writing. */
  readonly ioBufferBytes: number
  /** `log.cleaner.io.max.bytes.per.second`, of all threads together. */
  readonly maxBytesPerSecond: number
  /** `log.cleaner.backoff.ms`: pause when there is nothing to clean. */
  readonly backoffMs: number
}

/** Whether the share of a thread holds a key at all; where it does not, nothing will ever be cleaned. */
export function holdsAnyKey({ threads, dedupeBufferBytes, loadFactor }: CleanerSettings): boolean {
  return Math.floor(dedupeBufferBytes / threads / BYTES_PER_ENTRY) * loadFactor > 1
}

/** Kafka's defaults. */
export const defaultCleanerSettings: CleanerSettings = {
  threads: 1,
  dedupeBufferBytes: 134_217_728,
  loadFactor: 0.9,
  ioBufferBytes: 524_288,
  maxBytesPerSecond: Number.MAX_VALUE,
  backoffMs: 15_000,
}
