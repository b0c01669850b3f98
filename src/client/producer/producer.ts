/** What a producer takes and gives. Mirrors org.apache.kafka.clients.producer.Producer. */
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
  /** Partitions of a topic, by number. @throws KafkaError when it is not known within `max.block.ms` */
  partitionsFor(topic: string): Promise<readonly TopicPartition[]>
  /**
   * Flushes, for at most `timeoutMs` (default: as long as it takes), then fails what is left. No record
   * is taken any more.
   */
  close(options?: { timeoutMs?: number }): Promise<void>
}
