/** The file of an election: `{"partitions":[{"topic":"a","partition":0}]}`. */
import type { TopicPartition } from '../../client/index.ts'
import {
  array,
  field,
  integer,
  isJson,
  object,
  operationError,
  parseJson,
  string,
} from '../json-fields.ts'

/** What a tool says, which differs from release to release. */
export interface PartitionsProblems {
  readonly empty: string
  readonly withoutPartitions: string
  readonly duplicates: (list: string) => string
}

/** Each partition once. @throws ToolError */
export function readPartitionsJson(text: string, problems: PartitionsProblems): TopicPartition[] {
  if (!isJson(text)) throw operationError(problems.empty)
  const fields = object(parseJson(text))
  if (!('partitions' in fields)) throw operationError(problems.withoutPartitions)
  const partitions = array(fields['partitions'])
    .map(object)
    .map(entry => ({
      topic: string(field(entry, 'topic')),
      partition: integer(field(entry, 'partition')),
    }))
  const names = partitions.map(({ topic, partition }) => `${topic}-${partition}`)
  const duplicates = names.filter((name, at) => names.indexOf(name) !== at)
  if (duplicates.length === 0) return partitions
  throw operationError(problems.duplicates([...new Set(duplicates)].join(', ')))
}
