/**
 * The order in which java.util.HashMap and HashSet give their keys. Tools print what they hold in it,
 * so that scripts have seen this order and no other.
 */

import { javaHashCode } from '../bytes/index.ts'

interface Keyed {
  readonly topic: string
  readonly partition: number
}

const USUAL_CAPACITY = 16
const LOAD = 0.75

/**
 * `items` by the buckets of their hashes; in one bucket they stay in the order of `items`.
 *
 * @param capacity what the map was made with
 */
export function inHashOrder<T>(
  items: Iterable<T>,
  hashOf: (item: T) => number,
  { capacity = USUAL_CAPACITY } = {},
): T[] {
  const all = [...items]
  let buckets = 1
  while (buckets < capacity) buckets *= 2
  while (all.length > buckets * LOAD) buckets *= 2
  const bucketOf = (item: T) => {
    const hash = hashOf(item)
    return (hash ^ (hash >>> 16)) & (buckets - 1)
  }
  return all.toSorted((left, right) => bucketOf(left) - bucketOf(right))
}

/** TopicPartition.hashCode */
export function partitionHash({ topic, partition }: Keyed): number {
  return (31 * (31 + partition) + javaHashCode(topic)) | 0
}

/** Numbers without repetition, in the order of a HashSet of Integer, by commas. */
export function numbersInHashOrder(numbers: Iterable<number>): string {
  return inHashOrder(new Set(numbers), number => number).join(',')
}
