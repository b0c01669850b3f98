/** What a consumer takes and gives. Mirrors org.apache.kafka.clients.consumer.Consumer. */
import type { RecordHeader } from '../../records/index.ts'
import type { OffsetAndMetadata } from '../connection/committed-offsets.ts'
import type { ListedOffset } from '../connection/list-offsets.ts'
import type { Deserialized } from '../serialization.ts'
import type { TopicPartition } from '../topic-partition.ts'

/** `K` and `V` are what `key.deserializer` and `value.deserializer` give; by default bytes. */
export interface ConsumerRecord<
  K extends Deserialized = Buffer,
  V extends Deserialized = Buffer,
> extends TopicPartition {
  readonly offset: number
  /** Milliseconds; -1 when the format has none (before Kafka 0.10). */
  readonly timestamp: number
  readonly timestampType: 'NoTimestampType' | 'CreateTime' | 'LogAppendTime'
  readonly key: K | null
  /** `null` is a tombstone. */
  readonly value: V | null
  readonly headers: readonly RecordHeader[]
  /** Of the batch it came in; -1 when the format has none. */
  readonly leaderEpoch: number
}

/** Told of changes while `poll` runs, which waits for it. */
export interface RebalanceListener {
  /** Before partitions are given up: the last moment to commit. */
  onRevoked?(partitions: readonly TopicPartition[]): Promise<void> | void
  onAssigned?(partitions: readonly TopicPartition[]): Promise<void> | void
  /** They have another owner already: committing would fail. Default: `onRevoked`. */
  onLost?(partitions: readonly TopicPartition[]): Promise<void> | void
}

/** The next record to read of a partition, to be committed. */
export interface OffsetToCommit extends TopicPartition {
  readonly offset: number
  readonly leaderEpoch?: number | undefined
  readonly metadata?: string | undefined
}

export interface TimestampQuestion extends TopicPartition {
  readonly timestampMs: number
}

export interface ConsumerCallOptions {
  /** Default: `default.api.timeout.ms`. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Who a member of a group is, for transactions (KIP-447). */
export interface ConsumerGroupMetadata {
  readonly groupId: string
  /** -1: not a member. */
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId: string | null
}

/**
 * Reads topics, alone or as a member of a group. One call at a time: `poll` and the calls that ask
 * brokers must not overlap. It is an async iterable of its records.
 */
export interface Consumer<K extends Deserialized = Buffer, V extends Deserialized = Buffer>
  extends AsyncDisposable, AsyncIterable<ConsumerRecord<K, V>> {
  /** Shares the partitions of these topics, or of those whose whole name matches, with the group. Replaces what was subscribed to. */
  subscribe(topics: readonly string[] | RegExp, listener?: RebalanceListener): void
  /** Reads these partitions without regard to a group's other members. */
  assign(partitions: readonly TopicPartition[]): void
  /** Leaves the group and forgets the assignment. */
  unsubscribe(): Promise<void>
  subscription(): readonly string[]
  assignment(): readonly TopicPartition[]

  /**
   * Records that have come (at most `max.poll.records`), or none after `timeoutMs`. Joins the group,
   * takes part in rebalances and commits by itself meanwhile.
   *
   * @throws KafkaError NO_OFFSET_FOR_PARTITION, OUT_OF_RANGE_WITHOUT_RESET, INVALID_TOPIC_EXCEPTION,
   * *_AUTHORIZATION_FAILED, FENCED_INSTANCE_ID, WAKEUP, RECORD_DESERIALIZATION (the position stays
   * before the record: `seek` past it to go on); the signal's reason
   */
  poll(
    timeoutMs: number,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<readonly ConsumerRecord<K, V>[]>
  /** Makes the current or the next `poll` fail with WAKEUP. The one call that may overlap. */
  wakeup(): void
  /**
   * Polls without end, record by record, until the consumer is closed. Leaving the loop leaves
   * everything as it is: another loop or `poll` goes on with the record behind those that the last
   * `poll` gave. `for await (const record of consumer)` is the same without a signal.
   *
   * @throws what `poll` throws; the signal's reason
   */
  records(options?: {
    readonly signal?: AbortSignal | undefined
  }): AsyncIterableIterator<ConsumerRecord<K, V>>

  /** Default: the positions of all assigned partitions. @throws KafkaError COMMIT_FAILED when the group has gone on without this member */
  commit(offsets?: readonly OffsetToCommit[], options?: ConsumerCallOptions): Promise<void>
  /** Tries once, and does not hold up `poll`: later commits overtake it at most in failing. */
  commitAsync(offsets?: readonly OffsetToCommit[]): Promise<void>
  /** Of the group; `null` where it has committed none. */
  committed(
    partitions: readonly TopicPartition[],
    options?: ConsumerCallOptions,
  ): Promise<readonly (TopicPartition & { readonly committed: OffsetAndMetadata | null })[]>

  /** Where to go on reading; takes effect with the next `poll`. */
  seek(partition: TopicPartition, offset: number): void
  seekToBeginning(partitions?: readonly TopicPartition[]): void
  seekToEnd(partitions?: readonly TopicPartition[]): void
  /** Of the next record that `poll` gives. */
  position(partition: TopicPartition, options?: ConsumerCallOptions): Promise<number>
  pause(partitions: readonly TopicPartition[]): void
  resume(partitions: readonly TopicPartition[]): void
  paused(): readonly TopicPartition[]
  /** Records between position and end as far as the last fetch told; `undefined` before it. */
  currentLag(partition: TopicPartition): number | undefined

  /** By topic and number. @throws KafkaError when a topic does not exist */
  partitionsFor(topic: string, options?: ConsumerCallOptions): Promise<readonly TopicPartition[]>
  beginningOffsets(
    partitions: readonly TopicPartition[],
    options?: ConsumerCallOptions,
  ): Promise<readonly (TopicPartition & ListedOffset)[]>
  endOffsets(
    partitions: readonly TopicPartition[],
    options?: ConsumerCallOptions,
  ): Promise<readonly (TopicPartition & ListedOffset)[]>
  /** The first record at or after each time; offset -1 where there is none. */
  offsetsForTimes(
    questions: readonly TimestampQuestion[],
    options?: ConsumerCallOptions,
  ): Promise<readonly (TopicPartition & ListedOffset)[]>

  groupMetadata(): ConsumerGroupMetadata
  /** Commits if it commits by itself, leaves the group, closes connections. */
  close(options?: { readonly timeoutMs?: number }): Promise<void>
}
