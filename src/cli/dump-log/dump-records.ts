/** `.log`: batches, and records where they are wanted. */
import { basename } from 'node:path'
import { isIntact, storedChecksum } from '../../log/index.ts'
import {
  addToSequence,
  baseTimestampOf,
  hasDeleteHorizon,
  messagesOf,
  readEndTxnMarker,
  recordsOf,
  type Record,
} from '../../records/index.ts'
import {
  decode,
  KRaftVersionRecord,
  messageJson,
  SnapshotFooterRecord,
  SnapshotHeaderRecord,
  VotersRecord,
  type Message,
} from '../../protocol/index.ts'
import { ToolError } from '../java-text.ts'
import type { Dump, DumpedFile } from './dump-files.ts'
import { isUnlimited, printsData, printsRecords } from './dump-options.ts'
import { recordParser, type ParsedRecord, type RecordParser } from './record-parsers.ts'
import { SegmentBatches, type StoredBatch } from './segment-batches.ts'

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const BOOTSTRAP_SNAPSHOT = 'bootstrap.checkpoint'
const LEADER_CHANGE = 2
/** Control records of KRaft that are shown whole, by their type. */
const shownControls = new Map<number, { readonly title: string; readonly message: Message }>([
  [3, { title: 'SnapshotHeader', message: SnapshotHeaderRecord }],
  [4, { title: 'SnapshotFooter', message: SnapshotFooterRecord }],
  [5, { title: 'KRaftVersion', message: KRaftVersionRecord }],
  [6, { title: 'KRaftVoters', message: VotersRecord }],
])

export function dumpSegment(dump: Dump, file: DumpedFile): Promise<void> {
  const parse = recordParser(dump.given, dump.print)
  dump.print(`Log starting offset: ${file.baseOffset()}`)
  return dumpRecords(dump, file, parse)
}

/** What KRaft keeps instead of the log before (KIP-630). */
export function dumpSnapshot(dump: Dump, file: DumpedFile): Promise<void> {
  const parse = recordParser(dump.given, dump.print)
  dump.print(snapshotTitle(basename(file.name)))
  return dumpRecords(dump, file, parse)
}

/** `00000000000000000007-0000000002.checkpoint`: end offset and epoch. */
function snapshotTitle(name: string): string {
  if (name === BOOTSTRAP_SNAPSHOT) return 'KRaft bootstrap snapshot'
  const endOffset = numberIn(name, 0, 20)
  return `Snapshot end offset: ${endOffset}, epoch: ${numberIn(name, 21, 31)}`
}

/** @throws ToolError for a name that is too short or has other characters there */
function numberIn(name: string, begin: number, end: number): bigint {
  if (end > name.length) {
    throw new ToolError(
      'java.lang.StringIndexOutOfBoundsException',
      `begin ${begin}, end ${end}, length ${name.length}`,
    )
  }
  const digits = name.slice(begin, end)
  if (/^[+-]?\d+$/.test(digits)) return BigInt(digits)
  throw new ToolError('java.lang.NumberFormatException', `For input string: "${digits}"`)
}

async function dumpRecords(dump: Dump, file: DumpedFile, parse: RecordParser): Promise<void> {
  const { given, environment, findings, print } = dump
  const { stdout } = environment.terminal
  const batches = new SegmentBatches(environment.host, file.path)
  try {
    const maxBytes = given.value('max-bytes')
    const end = Math.min(batches.sizeBytes, maxBytes)
    let validBytes = 0
    let lastOffset = -1
    for (const batch of batches.from(0, end)) {
      print(batchText(batch))
      if (printsRecords(given)) {
        for (const record of storedRecords(batch)) {
          if (lastOffset !== -1 && record.offset !== lastOffset + 1) {
            findings.gap(file.path, lastOffset, record.offset)
          }
          lastOffset = record.offset
          const metadata = given.has('skip-record-metadata') ? '' : metadataText(batch, record)
          // Written first: a record that cannot be read ends the tool behind it.
          stdout.write(metadata)
          const isData = printsData(given) && !batch.info.isControl
          print(isData ? dataText(parse(record), metadata === '') : '')
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

/** A record, with what the format before 0.11 keeps of each. */
interface StoredRecord extends Record {
  readonly crc?: number
  readonly isCrcValid?: boolean
}

function storedRecords({ info, bytes }: StoredBatch): Iterable<StoredRecord> {
  if (info.magic >= 2) return recordsOf(bytes)
  return messagesOf(bytes, 0).map(message => ({ ...message, headers: [] }))
}

function metadataText({ info }: StoredBatch, record: StoredRecord): string {
  const sizes = `keySize: ${record.key?.length ?? -1} valueSize: ${record.value?.length ?? -1}`
  const start = `| offset: ${record.offset} ${info.timestampType}: ${record.timestamp} ${sizes}`
  if (info.magic < 2) {
    return `${start} isValid: ${record.isCrcValid} crc: ${record.crc}}`
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
  const shown = shownControls.get(type)
  if (shown === undefined || record.value === null) {
    return ` controlType: ${type === LEADER_CHANGE ? 'LEADER_CHANGE' : 'UNKNOWN'}(${type})`
  }
  const value = decode(shown.message, 0, record.value)
  return ` ${shown.title} ${messageJson(shown.message, 0, value)}`
}

/** The line begins with what comes first in it; a payload alone is not taken for that. */
function dataText({ key, payload }: ParsedRecord, isFirst: boolean): string {
  const keyText = key === null ? '' : `${isFirst ? '|' : ''} key: ${key}`
  return `${keyText}${payload === null ? '' : ` payload: ${payload}`}`
}
