/** Which partitions kafka-get-offsets is asked about. */
import { TopicFilter } from '../topic-filter.ts'
import { PlainError } from '../plain-error.ts'

export interface Place {
  readonly topic: string
  readonly partition: number
}
type Allows = (place: Place) => boolean

/** @throws PlainError for what is no filter */
export function placeFilter(given: {
  readonly patterns: string | null
  readonly topic: string | null
  readonly partitions: string | null
}): Allows {
  if (given.patterns !== null) {
    const rules = given.patterns.split(',').map(readRule)
    return place => rules.some(allows => allows(place))
  }
  const topics = new TopicFilter(given.topic ?? '.*')
  const partitions = readNumbers(given.partitions ?? '')
  return ({ topic, partition }) =>
    topics.allows(topic, { excludeInternal: false }) &&
    (partitions.size === 0 || partitions.has(partition))
}

function readNumbers(text: string): Set<number> {
  if (text === '') return new Set()
  const parts = text.split(',')
  if (parts.every(part => /^[+-]?\d{1,10}$/.test(part))) return new Set(parts.map(Number))
  throw new PlainError(
    `--partitions expects a comma separated list of numeric partition ids, but received: ${text}`,
  )
}

const rule = /^([^:,]*)(?::(?:([0-9]+)|(?:([0-9]*)-([0-9]*)))?)?$/

function readRule(text: string): Allows {
  const match = rule.exec(text)
  if (match === null) throw new PlainError(`Invalid rule specification: ${text}`)
  const [, pattern = '', single, lower = '', upper = ''] = match
  const topics = new TopicFilter(pattern === '' ? '.*' : pattern)
  const first = Number(single ?? lower)
  const openEnd = upper === '' ? Infinity : Number(upper)
  const end = single === undefined ? openEnd : first + 1
  return ({ topic, partition }) =>
    topics.allows(topic, { excludeInternal: false }) && partition >= first && partition < end
}
