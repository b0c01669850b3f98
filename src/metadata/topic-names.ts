/** Which names a topic may have, and which topics are Kafka's own. */

export const GROUP_METADATA_TOPIC = '__consumer_offsets'
export const TRANSACTION_STATE_TOPIC = '__transaction_state'

const MAX_LENGTH = 249
const LEGAL = /^[a-zA-Z0-9._-]+$/

/** Kafka's sentence on what is wrong with a topic name, or `undefined` when nothing is. */
export function topicNameProblem(name: string): string | undefined {
  if (name === '') return 'the empty string is not allowed'
  if (name === '.' || name === '..') return `'${name}' is not allowed`
  if (name.length > MAX_LENGTH)
    return `the length of '${name}' is longer than the max allowed length ${MAX_LENGTH}`
  if (!LEGAL.test(name)) {
    return `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`
  }
  return undefined
}

/** Names that differ only in `.` and `_` would share their metric names. */
export function collides(one: string, other: string): boolean {
  return one !== other && one.replaceAll('.', '_') === other.replaceAll('.', '_')
}

export function isInternalTopic(name: string): boolean {
  return name === GROUP_METADATA_TOPIC || name === TRANSACTION_STATE_TOPIC
}
