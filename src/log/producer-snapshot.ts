/**
 * `<offset>.snapshot`: the producers of a partition as they were when the log ended at `offset`.
 *
 * | position | bytes | field                 |                                                 |
 * |----------|-------|-----------------------|-------------------------------------------------|
 * | 0        | 2     | version               | 1                                               |
 * | 2        | 4     | crc                   | CRC-32C of all that follows                     |
 * | 6        | 4     | count                 | of the entries, 46 bytes each                   |
 * | +0       | 8     | producerId            |                                                 |
 * | +8       | 2     | producerEpoch         |                                                 |
 * | +10      | 4     | lastSequence          | of the last batch, -1 when none is remembered   |
 * | +14      | 8     | lastOffset            | of that batch, -1 likewise                      |
 * | +22      | 4     | offsetDelta           | its last offset less its first                  |
 * | +26      | 8     | timestamp             | milliseconds                                    |
 * | +34      | 4     | coordinatorEpoch      |                                                 |
 * | +38      | 8     | currentTxnFirstOffset | -1 when no transaction is open                  |
 */
import { crc32c, readInt64, writeInt64 } from '../bytes/index.ts'
import { ProducerEntry } from './producer-entry.ts'

const VERSION = 1
const CRC_AT = 2
const COUNT_AT = 6
const ENTRIES_AT = 10
const ENTRY_BYTES = 46
const SEQUENCES = 0x8000_0000

export function encodeProducerSnapshot(entries: Iterable<ProducerEntry>, count: number): Buffer {
  const bytes = Buffer.allocUnsafe(ENTRIES_AT + count * ENTRY_BYTES)
  bytes.writeInt16BE(VERSION, 0)
  bytes.writeInt32BE(count, COUNT_AT)
  let at = ENTRIES_AT
  for (const entry of entries) {
    writeEntry(bytes, at, entry)
    at += ENTRY_BYTES
  }
  bytes.writeUInt32BE(crc32c(bytes, COUNT_AT), CRC_AT)
  return bytes
}

function writeEntry(bytes: Buffer, at: number, entry: ProducerEntry): void {
  const batch = entry.lastBatch
  writeInt64(bytes, at, entry.producerId)
  bytes.writeInt16BE(entry.producerEpoch, at + 8)
  bytes.writeInt32BE(batch?.lastSequence ?? -1, at + 10)
  writeInt64(bytes, at + 14, batch?.lastOffset ?? -1)
  bytes.writeInt32BE(batch === undefined ? 0 : batch.lastOffset - batch.baseOffset, at + 22)
  writeInt64(bytes, at + 26, entry.lastTimestamp)
  bytes.writeInt32BE(entry.coordinatorEpoch, at + 34)
  writeInt64(bytes, at + 38, entry.transactionFirstOffset)
}

/** The entries, or `undefined` when the bytes are not what a finished write left. */
export function decodeProducerSnapshot(bytes: Buffer): ProducerEntry[] | undefined {
  if (bytes.length < ENTRIES_AT || bytes.readInt16BE(0) !== VERSION) return undefined
  if (bytes.readUInt32BE(CRC_AT) !== crc32c(bytes, COUNT_AT)) return undefined
  const count = bytes.readInt32BE(COUNT_AT)
  if (bytes.length !== ENTRIES_AT + count * ENTRY_BYTES) return undefined
  return Array.from({ length: count }, (_, n) => readEntry(bytes, ENTRIES_AT + n * ENTRY_BYTES))
}

function readEntry(bytes: Buffer, at: number): ProducerEntry {
  const entry = new ProducerEntry(readInt64(bytes, at))
  const lastOffset = readInt64(bytes, at + 14)
  const timestamp = readInt64(bytes, at + 26)
  entry.producerEpoch = bytes.readInt16BE(at + 8)
  entry.coordinatorEpoch = bytes.readInt32BE(at + 34)
  entry.transactionFirstOffset = Math.max(readInt64(bytes, at + 38), -1)
  if (lastOffset >= 0) {
    const lastSequence = bytes.readInt32BE(at + 10)
    const delta = bytes.readInt32BE(at + 22)
    const baseSequence = (lastSequence - delta + SEQUENCES) % SEQUENCES
    entry.addBatch(baseSequence, lastSequence, lastOffset - delta, lastOffset, timestamp)
  }
  entry.lastTimestamp = timestamp
  return entry
}
