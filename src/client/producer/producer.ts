/** What a producer takes and gives. Mirrors org.apache.kafka.clients.producer.Producer. */
import type { CommittingMember } from '../connection/shapes.ts'
import type { Bytes, Serializable } from '../serialization.ts'
import type { TopicPartition } from '../topic-partition.ts'

export interface HeaderToSend {
  readonly key: string
  readonly value: Bytes | null
}

/** `K` and `V` are what `key.serializer` and `value.serializer` take; by default bytes. */
export interface ProducerRecord<K extends Serializable = Bytes, V extends Serializable = Bytes> {
  readonly topic: string
  /** Left out: by the key, or where there is none by turns of whole batches (KIP-480, KIP-794). */
  readonly partition?: number | undefined
  readonly key?: K | null | undefined
  /** `null` is a tombstone. */
  readonly value: V | null
  readonly headers?: readonly HeaderToSend[] | undefined
  /** Milliseconds; left out: now. */
  readonly timestamp?: number | undefined
}

/** Where a record is stored. */
export interface RecordMetadata extends TopicPartition {
  /** -1 with acks=0, and for a duplicate whose offset the broker has forgotten. */
  readonly offset: number
  /** Milliseconds: the record's own, or the broker's where the topic says LogAppendTime. */
  readonly timestamp: number
}

/** Of a group: the next record to read, to count when the transaction is committed. */
export interface OffsetToSend extends TopicPartition {
  readonly offset: number
  readonly leaderEpoch?: number | undefined
  readonly metadata?: string | undefined
}

/** A group, by its name; or with the member that has the partitions, as a consumer or by its `groupMetadata`. */
export type CommittingGroup =
  string | CommittingMember | { readonly groupMetadata: () => CommittingMember }

/** What can be done inside `Producer.transaction`. */
export interface Transaction<K extends Serializable = Bytes, V extends Serializable = Bytes> {
  /** As `Producer.send`. Need not be waited for: a record that fails makes the commit fail. */
  send(record: ProducerRecord<K, V>): Promise<RecordMetadata>
  /** As `Producer.sendOffsetsToTransaction`. */
  sendOffsets(offsets: readonly OffsetToSend[], group: CommittingGroup): Promise<void>
}

export interface Producer<
  K extends Serializable = Bytes,
  V extends Serializable = Bytes,
> extends AsyncDisposable {
  /**
   * Puts the record into a batch, and resolves when the batch is acknowledged as `acks` says. Records
   * of one partition are stored in the order of the calls.
   *
   * @throws KafkaError by rejection: REQUEST_TIMED_OUT after `delivery.timeout.ms`, or when neither
   * metadata nor room came within `max.block.ms`; MESSAGE_TOO_LARGE; SERIALIZATION; what the broker refused it with
   */
  send(record: ProducerRecord<K, V>): Promise<RecordMetadata>
  /**
   * Resolves when the buffer (`buffer.memory`) has room. Who sends much without waiting for each
   * record waits for this before the next: else `send` itself waits, and holds its record meanwhile.
   */
  ready(): Promise<void>
  /** Sends all that waits, at once, and resolves when everything sent before is done, well or not. */
  flush(): Promise<void>
  /**
   * Runs `body` as one transaction, of a producer with a `transactional.id`: commits when it returns,
   * aborts when it throws. Transactions of one producer follow each other, they cannot overlap; before
   * the first, what an earlier producer of this id has left open is ended.
   *
   * @throws what `body` throws; what `commitTransaction` throws, after having aborted; KafkaError with
   * `fatal` when this producer can only be closed
   */
  transaction<T>(body: (transaction: Transaction<K, V>) => Promise<T>): Promise<T>
  /**
   * Once, before all else of transactions: fences other producers with this `transactional.id`, and
   * ends what they left open. Calls that wait for brokers fail with REQUEST_TIMED_OUT after
   * `max.block.ms`, and wait on when they are called again; nothing else can be called meanwhile.
   *
   * @throws KafkaError PRODUCER_FENCED, TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
   * INVALID_TRANSACTION_TIMEOUT, all fatal; ILLEGAL_STATE, as every call at the wrong time
   */
  initTransactions(): Promise<void>
  /** Records are part of the transaction from here on. */
  beginTransaction(): void
  /**
   * Commits the offsets of a group with the transaction. With a consumer, or what its `groupMetadata`
   * gave, instead of the name of the group a member that the group has gone on without is refused (KIP-447).
   *
   * @throws KafkaError COMMIT_FAILED, FENCED_INSTANCE_ID, GROUP_AUTHORIZATION_FAILED: abort; fatal ones
   */
  sendOffsetsToTransaction(offsets: readonly OffsetToSend[], group: CommittingGroup): Promise<void>
  /**
   * Sends what waits, and makes all of the transaction count.
   *
   * @throws KafkaError what a record or a call of the transaction failed with: abort, then it may be
   * done anew; with `fatal` the producer can only be closed
   */
  commitTransaction(): Promise<void>
  /** Records that were not sent yet fail with TRANSACTION_ABORTED; what was sent will not count. */
  abortTransaction(): Promise<void>
  /** Partitions of a topic, by number. @throws KafkaError when it is not known within `max.block.ms` */
  partitionsFor(topic: string): Promise<readonly TopicPartition[]>
  /**
   * Flushes, for at most `timeoutMs` (default: as long as it takes), then fails what is left. No record
   * is taken any more. An open transaction is aborted.
   */
  close(options?: { timeoutMs?: number }): Promise<void>
}
