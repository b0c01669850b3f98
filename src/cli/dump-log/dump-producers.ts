/** `.snapshot` and `.txnindex`: producers, and transactions that were aborted. */
import { crc32c } from '../../bytes/index.ts'
import { decodeProducerSnapshot, TransactionIndex, type ProducerEntry } from '../../log/index.ts'
import { ToolError } from '../java-text.ts'
import type { Dump, DumpedFile } from './dump-files.ts'

const KNOWN_FORMAT = 1
const CRC_AT = 2
const CHECKED_FROM = 6
/** Behind their number. */
const ENTRIES_AT = 10
const ENTRY_BYTES = 46
const UNDERFLOW = 'java.nio.BufferUnderflowException'

export function dumpProducers({ environment, print }: Dump, { path }: DumpedFile): Promise<void> {
  const { files } = environment.host
  if (files.status(path) === undefined) {
    throw new ToolError('java.nio.file.NoSuchFileException', path)
  }
  const bytes = files.readFile(path)
  const entries = decodeProducerSnapshot(bytes)
  if (entries === undefined) environment.terminal.stderr.write(`${problemOf(bytes)}\n`)
  for (const entry of entries ?? []) print(entryText(entry))
  return Promise.resolve()
}

function problemOf(bytes: Buffer): string {
  const cut = cutField(bytes)
  if (cut !== undefined) return `Snapshot failed schema validation: ${cut}`
  const format = bytes.readInt16BE()
  if (format !== KNOWN_FORMAT) return `Snapshot contained an unknown file version ${format}`
  return (
    `Snapshot is corrupt (CRC is no longer valid). Stored crc: ${bytes.readUInt32BE(CRC_AT)}. ` +
    `Computed crc: ${crc32c(bytes, CHECKED_FROM)}`
  )
}

/** Fields and their sizes in bytes, under the names of Kafka's schema. */
const headFields = [['version', 2] as const, ['crc', 4] as const]
const entryFields = [
  ...[['producer_id', 8] as const, ['epoch', 2] as const, ['last_sequence', 4] as const],
  ...[['last_offset', 8] as const, ['offset_delta', 4] as const, ['timestamp', 8] as const],
  ...[['coordinator_epoch', 4] as const, ['current_txn_first_offset', 8] as const],
]

/** Where a file ends too soon, in the words of Java's schemas. */
function cutField(bytes: Buffer): string | undefined {
  const reading = (field: string, why: string) => `Error reading field '${field}': ${why}`
  const inHead = firstCut(headFields, bytes.length)
  if (inHead !== undefined) return reading(inHead, UNDERFLOW)
  if (bytes.length < ENTRIES_AT) return reading('producer_entries', UNDERFLOW)
  const count = bytes.readInt32BE(CHECKED_FROM)
  const left = bytes.length - ENTRIES_AT
  if (count > left) {
    const why = `Error reading array of size ${count}, only ${left} bytes available`
    return reading('producer_entries', why)
  }
  const whole = Math.floor(left / ENTRY_BYTES)
  if (whole >= count) return undefined
  const inEntry = firstCut(entryFields, left - whole * ENTRY_BYTES) ?? ''
  return reading('producer_entries', reading(inEntry, UNDERFLOW))
}

function firstCut(fields: readonly (readonly [string, number])[], sizeBytes: number) {
  let end = 0
  return fields.find(([, bytes]) => (end += bytes) > sizeBytes)?.[0]
}

function entryText(entry: ProducerEntry): string {
  const { transactionFirstOffset, lastBatch } = entry
  const transaction =
    transactionFirstOffset < 0 ? 'OptionalLong.empty' : `OptionalLong[${transactionFirstOffset}]`
  const producer =
    `producerId: ${entry.producerId} producerEpoch: ${entry.producerEpoch} ` +
    `coordinatorEpoch: ${entry.coordinatorEpoch} currentTxnFirstOffset: ${transaction} ` +
    `lastTimestamp: ${entry.lastTimestamp} `
  if (lastBatch === undefined) return producer
  const { baseSequence, lastSequence, baseOffset, lastOffset, timestamp } = lastBatch
  return (
    `${producer}firstSequence: ${baseSequence} lastSequence: ${lastSequence} ` +
    `lastOffset: ${lastOffset} offsetDelta: ${lastOffset - baseOffset} timestamp: ${timestamp}`
  )
}

export function dumpTransactions(
  { environment, print }: Dump,
  { path, baseOffset }: DumpedFile,
): Promise<void> {
  baseOffset()
  for (const aborted of new TransactionIndex(environment.host.files, path).entries()) {
    print(
      `version: 0 producerId: ${aborted.producerId} firstOffset: ${aborted.firstOffset} ` +
        `lastOffset: ${aborted.lastOffset} lastStableOffset: ${aborted.lastStableOffset}`,
    )
  }
  return Promise.resolve()
}
