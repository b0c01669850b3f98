/** The file of kafka-delete-records: `{"partitions":[{"topic":"a","partition":0,"offset":5}],"version":1}`. */
import type { RecordsToDelete } from '../../client/index.ts'
import { ToolError } from '../java-text.ts'

const MAX_INT = 2 ** 31 - 1
const MAX_LONG = 2 ** 63

/**
 * One entry a partition. Offsets beyond 2^53 are read as 2^53: no log has them either.
 *
 * @throws ToolError for what is no such JSON, and for a partition that is named twice
 */
export function readRecordsJson(text: string): RecordsToDelete[] {
  const fields = object(parse(text))
  const format = 'version' in fields ? integer(fields['version']) : 1
  if (format !== 1) throw operationError(`Not supported version field value ${format}`)
  if (!('partitions' in fields)) throw operationError('Missing partitions field')

  const byName = new Map<string, RecordsToDelete>()
  const duplicates = new Set<string>()
  for (const entry of array(fields['partitions'])) {
    const records = recordsOf(object(entry))
    const name = `${records.topic}-${records.partition}`
    if (byName.has(name)) duplicates.add(name)
    byName.set(name, records)
  }
  if (duplicates.size > 0) {
    throw new ToolError(
      'org.apache.kafka.server.common.AdminCommandFailedException',
      `Offset json file contains duplicate topic partitions: ${[...duplicates].join(',')}`,
    )
  }
  return [...byName.values()]
}

function recordsOf(entry: Fields): RecordsToDelete {
  return {
    topic: string(field(entry, 'topic')),
    partition: integer(field(entry, 'partition')),
    beforeOffset: long(field(entry, 'offset')),
  }
}

type Fields = Readonly<Record<string, unknown>>

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw operationError('The input string is not a valid JSON')
  }
}

function field(fields: Fields, name: string): unknown {
  if (Object.hasOwn(fields, name)) return fields[name]
  throw mappingError(`No such field exists: \`${name}\``)
}

function object(value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw mappingError(`Expected JSON object, received ${JSON.stringify(value)}`)
}

function array(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw mappingError(`Expected JSON array, received ${JSON.stringify(value)}`)
}

function string(value: unknown): string {
  if (typeof value === 'string') return value
  throw expected('String', value)
}

function integer(value: unknown): number {
  const isInt = Number.isInteger(value) && Math.abs(value as number) <= MAX_INT
  if (isInt) return value as number
  throw expected('Integer', value)
}

function long(value: unknown): number {
  const isLong = Number.isInteger(value) && Math.abs(value as number) <= MAX_LONG
  if (isLong) return Math.min(value as number, Number.MAX_SAFE_INTEGER)
  throw expected('Long', value)
}

const expected = (type: string, value: unknown) =>
  mappingError(`Expected \`${type}\` value, received ${JSON.stringify(value)}`)

const mappingError = (message: string) =>
  new ToolError('com.fasterxml.jackson.databind.JsonMappingException', message)

const operationError = (message: string) =>
  new ToolError('org.apache.kafka.server.common.AdminOperationException', message)
