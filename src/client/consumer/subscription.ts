/** What a consumer reads, and how far it is in each partition. Mirrors SubscriptionState. */
import type { OffsetSpec } from '../connection/list-offsets.ts'
import { KafkaError } from '../errors.ts'
import { nameOf, type TopicPartition } from '../topic-partition.ts'
import type { FetchedRecords } from './fetched-records.ts'

/** One assigned partition. */
export interface PartitionState extends TopicPartition {
  /** Of the next record for the caller; `undefined` until it is known. */
  position: number | undefined
  /** Of the record before it; -1: not known (KIP-320). */
  positionEpoch: number
  /** Epoch of the leader under which the position was found; -1: none (KIP-320). */
  validatedEpoch: number
  /** A place to be looked up before reading goes on. */
  reset: OffsetSpec | undefined
  isPaused: boolean
  isFetching: boolean
  /** Came, and was not handed out yet. */
  fetched: FetchedRecords | undefined
  /** Where the leader wants this client to read, and until when it may be believed (KIP-392). */
  preferredReplica: { readonly brokerId: number; readonly untilMs: number } | undefined
  /** As the last fetch told; by isolation level the end that can be reached. */
  endOffset: number | undefined
  /** To be thrown by the next poll. */
  error: KafkaError | undefined
}

/** How partitions come to a consumer: by a group, or by its own choice. */
export type SubscriptionKind = 'none' | 'topics' | 'pattern' | 'assigned'

export class Subscription {
  kind: SubscriptionKind = 'none'
  topics: readonly string[] = []
  pattern: RegExp | undefined
  readonly #partitions = new Map<string, PartitionState>()

  get isOfGroup(): boolean {
    return this.kind === 'topics' || this.kind === 'pattern'
  }

  get partitions(): Iterable<PartitionState> {
    return this.#partitions.values()
  }

  list(): TopicPartition[] {
    return Array.from(this.partitions, ({ topic, partition }) => ({ topic, partition }))
  }

  /** Partitions that stay keep their position. */
  replace(partitions: readonly TopicPartition[]): void {
    const before = new Map(this.#partitions)
    this.#partitions.clear()
    for (const { topic, partition } of partitions) {
      const name = nameOf({ topic, partition })
      this.#partitions.set(name, before.get(name) ?? newState(topic, partition))
    }
  }

  clear(): void {
    this.kind = 'none'
    this.topics = []
    this.pattern = undefined
    this.#partitions.clear()
  }

  find(partition: TopicPartition): PartitionState | undefined {
    return this.#partitions.get(nameOf(partition))
  }

  /** @throws KafkaError ILLEGAL_STATE when it is not assigned */
  get(partition: TopicPartition): PartitionState {
    const state = this.find(partition)
    if (state !== undefined) return state
    const message = `No current assignment for partition ${nameOf(partition)}`
    throw new KafkaError('ILLEGAL_STATE', message)
  }

  seek(partition: TopicPartition, offset: number, epoch = -1): void {
    const state = this.get(partition)
    state.position = offset
    state.positionEpoch = epoch
    state.validatedEpoch = -1
    state.reset = undefined
    state.fetched = undefined
    state.error = undefined
  }

  /** Forgets the position: it is looked up with the next poll. */
  seekTo(partition: TopicPartition, spec: OffsetSpec): void {
    const state = this.get(partition)
    state.position = undefined
    state.reset = spec
    state.fetched = undefined
    state.error = undefined
  }
}

function newState(topic: string, partition: number): PartitionState {
  return {
    topic,
    partition,
    position: undefined,
    positionEpoch: -1,
    validatedEpoch: -1,
    reset: undefined,
    isPaused: false,
    isFetching: false,
    fetched: undefined,
    preferredReplica: undefined,
    endOffset: undefined,
    error: undefined,
  }
}
