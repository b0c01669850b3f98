/** The partition under a machine, as the replica room supplies it. */
import type { ErrorCode } from '../protocol/index.ts'

export interface PartitionLog {
  /**
   * The log from its start to its end at the time of the call, uncommitted records included: chunks
   * of whole batches. A chunk is valid until the next one is asked for.
   *
   * @throws StorageError when the disk fails
   */
  readAll(partition: number): AsyncIterable<Buffer>
  /**
   * Appends one batch and resolves when it is durable (acks=all), or when it is certain or likely
   * that it will not be. Never rejects for what a broker can live with. Appends are made in the order of the calls.
   */
  append(append: Append): Promise<AppendOutcome>
}

export interface Append {
  readonly partition: number
  /** One batch of magic 2 with base offset 0. The callee may stamp it. */
  readonly batch: Buffer
  /** How long to wait for the replicas: REQUEST_TIMED_OUT afterwards. */
  readonly timeoutMs: number
}

export interface AppendOutcome {
  /** As a produce request would be told: NOT_LEADER_OR_FOLLOWER, NOT_ENOUGH_REPLICAS, ... */
  readonly errorCode: ErrorCode
  /** Of the first record; -1 with an error. */
  readonly baseOffset: number
}
