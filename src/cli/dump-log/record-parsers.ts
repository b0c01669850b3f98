/** What records are made into for printing: text by a class, or records of Kafka's own topics. */
import { crc32c } from '../../bytes/index.ts'
import type { Record } from '../../records/index.ts'
import { ToolError } from '../java-text.ts'
import type { DumpOptions } from './dump-options.ts'
import { parseClusterMetadata, parseRemoteLogMetadata } from './framed-records.ts'
import { readFailure } from './java-read-problem.ts'
import { parseOffsets, parseTransactions } from './stored-records.ts'

export interface ParsedRecord {
  readonly key: string | null
  readonly payload: string | null
}

export type RecordParser = (record: Record) => ParsedRecord
type Decode = (bytes: Buffer) => string

const api = 'org.apache.kafka.tools.api'
const decoders = new Map<string, Decode>([
  [`${api}.StringDecoder`, bytes => bytes.toString()],
  [`${api}.LongDecoder`, bytes => String(bytes.readBigInt64BE())],
  [`${api}.IntegerDecoder`, bytes => String(bytes.readInt32BE())],
  // An array of Java prints as its type and a number that is random.
  [`${api}.DefaultDecoder`, bytes => `[B@${crc32c(bytes).toString(16)}`],
])

/** @throws ToolError for a class that is none of Kafka's decoders */
export function recordParser(given: DumpOptions, print: (line: string) => void): RecordParser {
  if (given.has('offsets-decoder')) return parseOffsets
  if (given.has('transaction-log-decoder')) return parseTransactions
  if (given.has('cluster-metadata-decoder')) return parseClusterMetadata
  if (given.has('remote-log-metadata-decoder')) return parseRemoteLogMetadata
  const decodeValue = decoderNamed(given.value('value-decoder-class'), print)
  const decodeKey = decoderNamed(given.value('key-decoder-class'), print)
  return ({ key, value }) => ({
    key: key === null ? null : decoded(decodeKey, key),
    payload: value === null ? null : decoded(decodeValue, value),
  })
}

/** @throws ToolError when there are too few bytes */
function decoded(decode: Decode, bytes: Buffer): string {
  try {
    return decode(bytes)
  } catch (error) {
    throw readFailure(error)
  }
}

function decoderNamed(name: string, print: (line: string) => void): Decode {
  const today = name.replace(/^kafka\.serializer\./, `${api}.`)
  const decode = decoders.get(today)
  if (decode === undefined) throw new ToolError('java.lang.ClassNotFoundException', name)
  if (today !== name) print(`${name} is deprecated. Please use ${today} instead`)
  return decode
}
