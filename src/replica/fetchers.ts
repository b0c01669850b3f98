/** All fetchers of a broker: `num.replica.fetchers` for each leader that it follows (Kafka's ReplicaFetcherManager). */
import { Fetcher, type FetcherOptions } from './fetcher.ts'
import type { Partition } from './partition.ts'

export type FetchersOptions = Omit<FetcherOptions, 'leaderId' | 'index'>

export class Fetchers {
  readonly #options: FetchersOptions
  /** By leader, then by index. */
  readonly #leaders = new Map<number, Map<number, Fetcher>>()
  readonly #of = new Map<Partition, Fetcher>()
  #count: number

  constructor(options: FetchersOptions) {
    this.#options = options
    this.#count = options.settings().fetcherCount
  }

  /** Follows the partition's leader from now on, and no other. */
  follow(partition: Partition): void {
    this.leave(partition)
    if (partition.leaderId < 0) return
    const fetcher = this.#fetcherFor(partition)
    this.#of.set(partition, fetcher)
    fetcher.add(partition)
  }

  leave(partition: Partition): void {
    const fetcher = this.#of.get(partition)
    if (fetcher === undefined) return
    this.#of.delete(partition)
    fetcher.remove(partition)
  }

  /** `num.replica.fetchers` may have changed: partitions go where they belong now. */
  resize(): void {
    const count = this.#options.settings().fetcherCount
    if (count === this.#count) return
    const followed = [...this.#of.keys()]
    this.close()
    this.#count = count
    for (const partition of followed) this.follow(partition)
  }

  close(): void {
    for (const fetchers of this.#leaders.values()) {
      for (const fetcher of fetchers.values()) fetcher.close()
    }
    this.#leaders.clear()
    this.#of.clear()
  }

  #fetcherFor({ topic, partition, leaderId }: Partition): Fetcher {
    const index = fetcherIndex(topic, partition, this.#count)
    const fetchers = this.#leaders.get(leaderId) ?? new Map<number, Fetcher>()
    this.#leaders.set(leaderId, fetchers)
    const known = fetchers.get(index)
    if (known !== undefined) return known
    const fetcher = new Fetcher({ ...this.#options, leaderId, index })
    fetchers.set(index, fetcher)
    return fetcher
  }
}

/** The same for a partition at any time, and spread evenly over the partitions of a topic. */
export function fetcherIndex(topic: string, partition: number, count: number): number {
  let hash = 0
  for (let at = 0; at < topic.length; at += 1) hash = (31 * hash + topic.charCodeAt(at)) | 0
  return Math.abs((31 * hash + partition) % count)
}
