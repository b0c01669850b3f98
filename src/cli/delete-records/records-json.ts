/** The file of kafka-delete-records: `{"partitions":[{"topic":"a","partition":0,"offset":5}],"version":1}`. */
import type { RecordsToDelete } from '../../client/index.ts'
import {
  array,
  commandFailed,
  field,
  integer,
  long,
  object,
  operationError,
  parseJson,
  string,
  type Fields,
} from '../json-fields.ts'

/**
 * One entry a partition. Offsets beyond 2^53 are read as 2^53: no log has them either.
 *
 * @throws ToolError for what is no such JSON, and for a partition that is named twice
 */
export function readRecordsJson(text: string): RecordsToDelete[] {
  const fields = object(parseJson(text))
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
    throw commandFailed(
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
