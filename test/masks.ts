/**
 * Every mask that a comparison with genuine output may use, with the reason why the text cannot be
 * the same twice. A mask replaces only what has the right shape: text of another shape stays, and
 * the comparison fails.
 */

export interface Mask {
  /** Why it differs from run to run. */
  why: string
  shape: RegExp
  /** What stands in the masked text instead. */
  mark: string
}

export const masks = {
  topicId: {
    why: 'a topic gets a random id: 128 bits in URL-safe base64',
    shape: /(?<=TopicId: )[\w-]{22}(?=\t)/g,
    mark: '<TOPIC-ID>',
  },
  consumerId: {
    why: 'a member id ends in a random UUID',
    shape: /(?<=\bconsole-consumer-)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g,
    mark: '<UUID>',
  },
  clock: {
    why: 'the time of a log line',
    shape: /(?<=^\[)\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}(?=\])/gm,
    mark: '<TS>',
  },
  stackTrace: {
    why: 'where in the source of the tool an exception was made',
    shape: /\n(\tat .*|Caused by: .*|\t\.\.\. \d+ more)(?=\n|$)/g,
    mark: '',
  },
  consumedOffsets: {
    why: 'the producer spreads keyless records over partitions as it likes',
    shape: /(?<=^my_group {8}my_first_topic {2}\d {10})(\d+) +(\d+) +(\d+) +(?=\S)/gm,
    mark: '<CURRENT> <END> <LAG> ',
  },
} satisfies Record<string, Mask>

/** What differs in the data of Kafka's znodes from run to run. */
export const znodeMasks = {
  clusterId: {
    why: 'a cluster gets a random id',
    shape: /(?<=^\{"version":"1","id":")[\w-]{22}(?="\}$)/g,
    mark: '<CLUSTER-ID>',
  },
  topicId: {
    why: 'a topic gets a random id',
    shape: /(?<="topic_id":")[\w-]{22}(?=")/g,
    mark: '<TOPIC-ID>',
  },
  timestamp: {
    why: 'when a broker registered, or became the controller',
    shape: /(?<="timestamp":")\d{13}(?=")/g,
    mark: '<EPOCH-MS>',
  },
} satisfies Record<string, Mask>

/** `text` with each of `chosen` applied. */
export function masked(text: string, ...chosen: readonly Mask[]): string {
  return chosen.reduce((result, { shape, mark }) => result.replace(shape, mark), text)
}
