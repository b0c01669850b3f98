/** The files of kafka-reassign-partitions, and the assignments that it prints. */
import type { LogDirMove, TopicPartition } from '../../client/index.ts'
import {
  array,
  commandFailed,
  expectedArray,
  field,
  integer,
  object,
  operationError,
  parseJson,
  string,
  type Fields,
} from '../json-fields.ts'
import { ToolError } from '../java-text.ts'

/** Where a log directory is left to the broker. */
const ANY = 'any'

export interface Assignment extends TopicPartition {
  readonly replicas: readonly number[]
}

export interface Reassignment {
  readonly assignments: readonly Assignment[]
  /** Replicas that are to lie in a directory that is named. */
  readonly moves: readonly LogDirMove[]
}

export const nameOf = ({ topic, partition }: TopicPartition) => `${topic}-${partition}`

export function byPartition(left: TopicPartition, right: TopicPartition): number {
  if (left.topic !== right.topic) return left.topic < right.topic ? -1 : 1
  return left.partition - right.partition
}

/** Nothing is checked beyond the form. @throws ToolError */
export function readReassignment(text: string): Reassignment {
  const fields = object(parseStrictly(text))
  ensureVersion(fields)
  const entries = 'partitions' in fields ? array(fields['partitions']).map(object) : []
  const read = entries.map(readEntry)
  return {
    assignments: read.map(({ assignment }) => assignment),
    moves: read.flatMap(({ moves }) => moves),
  }
}

/** @throws ToolError when it is empty, or names something twice */
export function readReassignmentToExecute(text: string): Reassignment {
  const reassignment = readReassignment(text)
  const { assignments } = reassignment
  if (assignments.length === 0) throw commandFailed('Partition reassignment list cannot be empty')
  if (assignments.some(({ replicas }) => replicas.length === 0)) {
    throw commandFailed('Partition replica list cannot be empty')
  }
  const twice = duplicatesOf(assignments.map(nameOf))
  if (twice.length > 0) {
    throw commandFailed(
      `Partition reassignment contains duplicate topic partitions: ${twice.join(',')}`,
    )
  }
  const repeated = assignments
    .map(one => ({ name: nameOf(one), ids: duplicatesOf(one.replicas) }))
    .filter(({ ids }) => ids.length > 0)
    .map(({ name, ids }) => `${name} contains multiple entries for ${ids.join(',')}`)
  if (repeated.length === 0) return reassignment
  throw commandFailed(
    `Partition replica lists may not contain duplicate entries: ${repeated.join('. ')}`,
  )
}

/** Topics of `--generate`. @throws ToolError */
export function readTopics(text: string): string[] {
  const fields = object(parseJson(text))
  ensureVersion(fields)
  if (!('topics' in fields)) return []
  const topics = array(fields['topics']).map(entry => string(field(object(entry), 'topic')))
  const twice = duplicatesOf(topics)
  if (twice.length === 0) return topics
  throw commandFailed(
    `List of topics to reassign contains duplicate entries: [${twice.join(', ')}]`,
  )
}

/** What can be given back as --reassignment-json-file. */
export function assignmentText(assignments: readonly Assignment[]): string {
  const partitions = assignments.toSorted(byPartition).map(({ topic, partition, replicas }) => ({
    topic,
    partition,
    replicas,
    log_dirs: replicas.map(() => ANY),
  }))
  return JSON.stringify({ version: 1, partitions })
}

/** Each once, in the order in which they come a second time. */
export function duplicatesOf<T>(items: readonly T[]): T[] {
  return [...new Set(items.filter((item, at) => items.indexOf(item) !== at))]
}

function readEntry(entry: Fields) {
  const topic = string(field(entry, 'topic'))
  const partition = integer(field(entry, 'partition'))
  const replicas = expectedArray(field(entry, 'replicas')).map(integer)
  const logDirs =
    'log_dirs' in entry ? expectedArray(entry['log_dirs']).map(string) : replicas.map(() => ANY)
  if (replicas.length !== logDirs.length) {
    throw commandFailed(
      `Size of replicas list [${replicas.join(', ')}] is different from size of log dirs list ` +
        `[${logDirs.join(', ')}] for partition ${nameOf({ topic, partition })}`,
    )
  }
  const moves = replicas.flatMap((brokerId, at) => {
    const logDir = logDirs[at] ?? ANY
    return logDir === ANY ? [] : [{ topic, partition, brokerId, logDir }]
  })
  return { assignment: { topic, partition, replicas }, moves }
}

function ensureVersion(fields: Fields): void {
  const format = 'version' in fields ? integer(fields['version']) : 1
  if (format !== 1) throw operationError(`Not supported version field value ${format}`)
}

/** With the words of Jackson where its reader stops most often. */
function parseStrictly(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    const cause = new ToolError(
      'com.fasterxml.jackson.core.JsonParseException',
      problemOf(text, error),
    )
    throw operationError(cause.message, cause)
  }
}

const SOURCE = 'REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)'

function problemOf(text: string, error: unknown): string {
  if (text === '') {
    return "The input string shouldn't be empty\n at [Source: UNKNOWN; byte offset: #UNKNOWN]"
  }
  const [before = '', space = '', word] = /^(\s*)([A-Za-z_$][\w$]*)/.exec(text) ?? []
  if (word === undefined) return error instanceof Error ? error.message : String(error)
  const lines = space.split('\n')
  const column = before.length - (space.length - (lines.at(-1) ?? '').length) + 1
  return (
    `Unrecognized token '${word}': was expecting (JSON String, Number, Array, Object or token ` +
    `'null', 'true' or 'false')\n at [Source: ${SOURCE}; line: ${lines.length}, column: ${column}]`
  )
}
