/** Watches that no partition hangs: what was in it a while ago must be stable by now (KIP-98, KIP-890). */
import { setTimeout as wait } from 'node:timers/promises'
import { ErrorCode, ListOffsetsRequest, ListOffsetsResponse } from '../../../src/protocol/index.ts'
import { RawClient } from '../../broker/raw-client.ts'

const LIST_OFFSETS_VERSION = 5
const LATEST = -1
const READ_UNCOMMITTED = 0
const READ_COMMITTED = 1
const SAMPLE_MS = 250

export interface Watched {
  readonly topic: string
  readonly partitions: number
}

/** The ends of all partitions, at one moment, that were not stable yet. */
interface Unstable {
  readonly seenMs: number
  readonly ends: readonly number[]
}

export class StabilityMonitor {
  readonly #port: number
  readonly #topics: readonly Watched[]
  #client: RawClient | undefined
  #unstable: Unstable[] = []
  /** Timeouts are looked for every so often from the start of the broker on. */
  #brokerStartedMs = Date.now()
  #isStopped = false
  #longestMs = 0

  constructor(port: number, topics: readonly Watched[]) {
    this.#port = port
    this.#topics = topics
  }

  /** The longest time for which a record stayed unstable, times in which the broker was away left out. */
  get longestMs(): number {
    return this.#longestMs
  }

  brokerStarted(): void {
    this.#brokerStartedMs = Date.now()
  }

  stop(): void {
    this.#isStopped = true
  }

  /** Samples until `stop`. */
  async run(): Promise<void> {
    while (!this.#stopped()) {
      try {
        await this.#sample()
      } catch {
        // The broker is away, or does not know its partitions yet.
        await this.#client?.[Symbol.asyncDispose]()
        this.#client = undefined
      }
      await wait(SAMPLE_MS)
    }
    await this.#client?.[Symbol.asyncDispose]()
  }

  /** @returns the stable ends of the first topic, once everything is stable. @throws after `timeoutMs` */
  async untilStable(timeoutMs: number): Promise<readonly number[]> {
    const deadlineMs = Date.now() + timeoutMs
    await using client = await RawClient.open(this.#port)
    while (true) {
      const ends = await this.#ends(client, READ_UNCOMMITTED)
      const stable = await this.#ends(client, READ_COMMITTED)
      if (ends.every((end, n) => stable[n] === end)) {
        return stable.slice(0, this.#topics[0]?.partitions)
      }
      if (Date.now() > deadlineMs) {
        throw new Error(
          `partitions hang: stable up to ${stable.join()}, they end at ${ends.join()}`,
        )
      }
      await wait(SAMPLE_MS)
    }
  }

  #stopped(): boolean {
    return this.#isStopped
  }

  async #sample(): Promise<void> {
    this.#client ??= await RawClient.open(this.#port)
    const ends = await this.#ends(this.#client, READ_UNCOMMITTED)
    const stable = await this.#ends(this.#client, READ_COMMITTED)
    const nowMs = Date.now()
    const hasSettled = (seen: Unstable): boolean =>
      seen.ends.every((end, n) => (stable[n] ?? 0) >= end)
    this.#unstable = this.#unstable.filter(seen => !hasSettled(seen))
    const [oldest] = this.#unstable
    if (oldest !== undefined) {
      const sinceMs = Math.max(oldest.seenMs, this.#brokerStartedMs)
      this.#longestMs = Math.max(this.#longestMs, nowMs - sinceMs)
    }
    this.#unstable.push({ seenMs: nowMs, ends })
  }

  async #ends(client: RawClient, isolationLevel: number): Promise<number[]> {
    const { topics } = await client.request(
      [ListOffsetsRequest, ListOffsetsResponse],
      LIST_OFFSETS_VERSION,
      {
        replicaId: -1,
        isolationLevel,
        topics: this.#topics.map(({ topic: name, partitions }) => ({
          name,
          partitions: Array.from({ length: partitions }, (_, partitionIndex) => ({
            partitionIndex,
            timestamp: LATEST,
          })),
        })),
      },
    )
    return topics
      .flatMap(topic => topic.partitions)
      .map(({ errorCode, offset }) => {
        if (errorCode !== ErrorCode.NONE) throw new Error(`ListOffsets: error ${errorCode}`)
        return offset
      })
  }
}
