/** `.snapshot` and `.txnindex`: producers, and transactions that were aborted. */
import { crc32c } from '../../bytes/index.ts'
import { decodeProducerSnapshot, TransactionIndex, type ProducerEntry } from '../../log/index.ts'
import { ToolError } from '../java-text.ts'
import type { Dump, DumpedFile } from './dump-files.ts'

const KNOWN_FORMAT = 1
const CRC_AT = 2
const CHECKED_FROM = 6

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
  if (bytes.length < CHECKED_FROM) return 'Snapshot failed schema validation: it is too short'
  const format = bytes.readInt16BE()
  if (format !== KNOWN_FORMAT) return `Snapshot contained an unknown file version ${format}`
  return (
    `Snapshot is corrupt (CRC is no longer valid). Stored crc: ${bytes.readUInt32BE(CRC_AT)}. ` +
    `Computed crc: ${crc32c(bytes, CHECKED_FROM)}`
  )
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
  { path }: DumpedFile,
): Promise<void> {
  for (const aborted of new TransactionIndex(environment.host.files, path).entries()) {
    print(
      `version: 0 producerId: ${aborted.producerId} firstOffset: ${aborted.firstOffset} ` +
        `lastOffset: ${aborted.lastOffset} lastStableOffset: ${aborted.lastStableOffset}`,
    )
  }
  return Promise.resolve()
}
