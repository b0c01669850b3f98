/** `.index` and `.timeindex`, compared with the log that they are of. */
import { dirname, join } from 'node:path'
import { readOffsetIndex, readTimeIndex, type OffsetIndexEntry } from '../../log/index.ts'
import { recordsOf } from '../../records/index.ts'
import { ToolError } from '../java-text.ts'
import type { Dump, DumpedFile } from './dump-files.ts'
import { SegmentBatches } from './segment-batches.ts'

const OFFSET_ENTRY_BYTES = 8
const TIME_ENTRY_BYTES = 12
const NO_TIMESTAMP = -1

const corrupt = (message: string) =>
  new ToolError('org.apache.kafka.storage.internals.log.CorruptIndexException', message)

/** The file of the same segment with another ending. */
function besides({ path, name }: DumpedFile, suffix: string): string {
  const [digits = ''] = (name.split('/').at(-1) ?? '').split('.')
  return join(dirname(path), `${digits}${suffix}`)
}

export function dumpOffsetIndex(dump: Dump, file: DumpedFile): Promise<void> {
  const { given, environment, findings, print } = dump
  const baseOffset = file.baseOffset()
  const batches = new SegmentBatches(environment.host, besides(file, '.log'))
  try {
    const bytes = readIndex(dump, file.path)
    const entries = [...readOffsetIndex(bytes, baseOffset)]
    if (entries.length === 0) print(`${file.name} is empty.`)
    else if (given.has('index-sanity-check')) {
      ensureWhole('Index', file.path, bytes, OFFSET_ENTRY_BYTES)
      print(`${file.name} passed sanity check.`)
    } else {
      for (const [n, { offset, position }] of entries.entries()) {
        // What a crash left behind the last entry is zeros.
        if (offset === baseOffset && n > 0) break
        batches.ensureWithin(position)
        const end = Math.min(batches.sizeBytes, position + given.value('max-message-size'))
        const [batch] = batches.from(position, end)
        if (batch === undefined) throw new ToolError('java.util.NoSuchElementException', '')
        if (batch.info.lastOffset !== offset) {
          findings.indexMismatch(file.path, offset, batch.info.lastOffset)
        }
        if (!given.has('verify-index-only')) print(`offset: ${offset} position: ${position}`)
      }
    }
  } finally {
    batches.close()
  }
  return Promise.resolve()
}

export function dumpTimeIndex(dump: Dump, file: DumpedFile): Promise<void> {
  const { given, environment, findings, print } = dump
  const baseOffset = file.baseOffset()
  const batches = new SegmentBatches(environment.host, besides(file, '.log'))
  try {
    const offsets = [...readOffsetIndex(readIndex(dump, besides(file, '.index')), baseOffset)]
    const bytes = readIndex(dump, file.path)
    const entries = [...readTimeIndex(bytes, baseOffset)]
    if (given.has('index-sanity-check')) {
      const [first, last] = [entries[0], entries.at(-1)]
      if (first !== undefined && last !== undefined && last.timestamp < first.timestamp) {
        throw corrupt(
          `Corrupt time index found, time index file (${file.path}) has non-zero size but the last ` +
            `timestamp is ${last.timestamp} which is less than the first timestamp ${first.timestamp}`,
        )
      }
      ensureWhole('Time index', file.path, bytes, TIME_ENTRY_BYTES)
      print(`${file.name} passed sanity check.`)
      return Promise.resolve()
    }
    let previous = NO_TIMESTAMP
    for (const [n, { timestamp, offset }] of entries.entries()) {
      if (offset === baseOffset && n > 0) break
      const found = batchWith(batches, offsets, offset)
      if (found?.lastOffset !== offset) {
        findings.offsetNotFound(file.path, offset, found?.lastOffset ?? -1)
      } else {
        if (found.maxTimestamp !== timestamp) {
          findings.timeMismatch(file.path, timestamp, found.maxTimestamp)
        }
        if (previous >= timestamp) findings.timeOutOfOrder(file.path, timestamp, previous)
      }
      if (!given.has('verify-index-only')) print(`timestamp: ${timestamp} offset: ${offset}`)
      previous = timestamp
    }
  } finally {
    batches.close()
  }
  return Promise.resolve()
}

/** The first batch that reaches the offset, with the largest time of its records. */
function batchWith(
  batches: SegmentBatches,
  offsets: readonly OffsetIndexEntry[],
  offset: number,
): { lastOffset: number; maxTimestamp: number } | undefined {
  let start = 0
  for (const entry of offsets) if (entry.offset <= offset) start = Math.max(start, entry.position)
  for (const { info, bytes } of batches.from(start)) {
    if (info.lastOffset < offset) continue
    let maxTimestamp = NO_TIMESTAMP
    for (const { timestamp } of recordsOf(bytes)) maxTimestamp = Math.max(maxTimestamp, timestamp)
    return { lastOffset: info.lastOffset, maxTimestamp }
  }
  return undefined
}

function readIndex({ environment }: Dump, path: string): Buffer {
  const { files } = environment.host
  if (files.status(path) !== undefined) return files.readFile(path)
  throw new ToolError('java.lang.IllegalArgumentException', 'Invalid max index size: -1')
}

function ensureWhole(what: string, path: string, bytes: Buffer, entryBytes: number): void {
  if (bytes.length % entryBytes === 0) return
  throw corrupt(
    `${what} file ${path} is corrupt, found ${bytes.length} bytes which is neither positive nor a ` +
      `multiple of ${entryBytes}`,
  )
}
