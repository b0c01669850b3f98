/**
 * The order in which a mutable set of Scala 2.13 walks its elements. `kafka-dump-log` prints the partitions
 * of a transaction so, and output that is compared line by line has to follow.
 */

const LEAST_BUCKETS = 16
const LOAD_FACTOR = 0.75
/** Scala's immutable sets up to here have no hashes. */
const LARGEST_OF_ONES = 4

/** By bucket of the hash table that so many elements have grown, in a bucket by hash, then as they came. */
export function inScalaOrder<T>(
  groups: readonly (readonly T[])[],
  hashCode: (element: T) => number,
): readonly T[] {
  const buckets = bucketsAfter(groups.map(({ length }) => length))
  return groups
    .flat()
    .map(element => ({ element, hash: improved(hashCode(element)) }))
    .toSorted((left, right) => {
      const difference = (left.hash & (buckets - 1)) - (right.hash & (buckets - 1))
      return difference === 0 ? left.hash - right.hash : difference
    })
    .map(({ element }) => element)
}

/** The upper half of a hash counts in small tables too. */
const improved = (hash: number) => hash ^ (hash >>> 16)

/**
 * A group makes room for itself first. Then an element that would fill the table doubles it, but only where
 * elements come one by one: those of a larger group are taken over with their hashes, and no look at the room.
 */
function bucketsAfter(counts: readonly number[]): number {
  let [buckets, size] = [LEAST_BUCKETS, 0]
  for (const count of counts) {
    buckets = Math.max(buckets, powerOfTwo(Math.trunc((count + 1) / LOAD_FACTOR)))
    const ofOnes = count <= LARGEST_OF_ONES ? count : 0
    for (let nth = 1; nth <= ofOnes; nth += 1) {
      if (size + nth >= Math.trunc(buckets * LOAD_FACTOR)) buckets *= 2
    }
    size += count
  }
  return buckets
}

const powerOfTwo = (least: number) => 2 ** Math.ceil(Math.log2(Math.max(least, 4)))
