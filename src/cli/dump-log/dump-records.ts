/** `.log`: batches, and records where they are wanted. */
import { basename } from 'node:path'
import { isIntact, storedChecksum } from '../../log/index.ts'
import {
  addToSequence,
  baseTimestampOf,
  hasDeleteHorizon,
  readEndTxnMarker,
  recordsOf,
  type Record,
} from '../../records/index.ts'
import type { Dump, DumpedFile } from './dump-files.ts'
import { isUnlimited, printsData, printsRecords } from './dump-options.ts'
import { recordParser, type RecordParser } from './record-parsers.ts'
import { SegmentBatches, type StoredBatch } from './segment-batches.ts'

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
/** Types of control records besides the markers of transactions. */
const controlTypes = new Map([
  [2, 'LEADER_CHANGE'],
  [3, 'SNAPSHOT_HEADER'],
  [4, 'SNAPSHOT_FOOTER'],
  [5, 'KRAFT_VERSION'],
  [6, 'KRAFT_VOTERS'],
])

export async function dumpRecords(dump: Dump, file: DumpedFile): Promise<void> {
  const { given, environment, findings, print } = dump
  print(`Log starting offset: ${file.baseOffset()}`)
  const { stdout } = environment.terminal
  const parse = recordParser(given, print)
  const isData = printsData(given)
  const batches = new SegmentBatches(environment.host, file.path)
  try {
    const maxBytes = given.value('max-bytes')
    const end = Math.min(batches.sizeBytes, maxBytes)
    let validBytes = 0
    let lastOffset = -1
    for (const batch of batches.from(0, end)) {
      print(batchText(batch))
      if (printsRecords(given)) {
        for (const record of recordsOf(batch.bytes)) {
          if (lastOffset !== -1 && record.offset !== lastOffset + 1) {
            findings.gap(file.path, lastOffset, record.offset)
          }
          lastOffset = record.offset
          const metadata = given.has('skip-record-metadata') ? '' : metadataText(batch, record)
          const data = isData && !batch.info.isControl ? dataText(parse, record) : ''
          print(`|${metadata}${data}`)
        }
      }
      validBytes = batch.position + batch.info.sizeBytes
      await stdout.drained()
    }
    const trailing = end - validBytes
    if (trailing > 0 && isUnlimited(maxBytes)) {
      print(`Found ${trailing} invalid bytes at the end of ${basename(file.name)}`)
    }
  } finally {
    batches.close()
  }
}

function batchText({ position, info, bytes }: StoredBatch): string {
  const { magic, sizeBytes } = info
  const place =
    magic >= 2
      ? `baseOffset: ${info.baseOffset} lastOffset: ${info.lastOffset} ` +
        `count: ${info.recordCount} baseSequence: ${info.baseSequence} ` +
        `lastSequence: ${info.lastSequence} producerId: ${info.producerId} ` +
        `producerEpoch: ${info.producerEpoch} partitionLeaderEpoch: ${info.leaderEpoch} ` +
        `isTransactional: ${info.isTransactional} isControl: ${info.isControl} ` +
        `deleteHorizonMs: ${horizonText(bytes)}`
      : `offset: ${info.lastOffset}`
  return (
    `${place} position: ${position} ${info.timestampType}: ${info.maxTimestamp} ` +
    `size: ${sizeBytes} magic: ${magic} compresscodec: ${codecs[info.codec] ?? info.codec} ` +
    `crc: ${storedChecksum(bytes, 0, magic)} isvalid: ${isIntact(bytes, 0, sizeBytes, magic)}`
  )
}

const horizonText = (bytes: Buffer) =>
  hasDeleteHorizon(bytes) ? `OptionalLong[${baseTimestampOf(bytes)}]` : 'OptionalLong.empty'

function metadataText(batch: StoredBatch, record: Record): string {
  const { info, bytes } = batch
  const sizes = `keySize: ${record.key?.length ?? -1} valueSize: ${record.value?.length ?? -1}`
  const start = ` offset: ${record.offset} ${info.timestampType}: ${record.timestamp} ${sizes}`
  if (info.magic < 2) {
    // Of a message inside a compressed one only the outer checksum is kept.
    const crc = storedChecksum(bytes, 0, info.magic)
    const isValid = isIntact(bytes, 0, info.sizeBytes, info.magic)
    return `${start} isValid: ${isValid} crc: ${crc}}`
  }
  const { baseSequence, baseOffset } = info
  const sequence = baseSequence < 0 ? -1 : addToSequence(baseSequence, record.offset - baseOffset)
  const keys = record.headers.map(({ key }) => key).join(',')
  const control = info.isControl ? controlText(record) : ''
  return `${start} sequence: ${sequence} headerKeys: [${keys}]${control}`
}

function controlText(record: Record): string {
  const marker = readEndTxnMarker(record)
  if (marker !== undefined) {
    const type = marker.type === 0 ? 'ABORT' : 'COMMIT'
    return ` endTxnMarker: ${type} coordinatorEpoch: ${marker.coordinatorEpoch}`
  }
  const type = record.key?.readInt16BE(2) ?? -1
  return ` controlType: ${controlTypes.get(type) ?? 'UNKNOWN'}(${type})`
}

function dataText(parse: RecordParser, record: Record): string {
  const { key, payload } = parse(record)
  return `${key === null ? '' : ` key: ${key}`}${payload === null ? '' : ` payload: ${payload}`}`
}
