/** What a group's part of the log says, as plain data; the bytes are in `record-codec.ts`. */

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** A committed offset. The int64s are exact: a client may set them to anything. */
export interface CommittedOffset {
  readonly offset: bigint
  /** Epoch of the leader from which the last record was read (KIP-320); -1 when unknown. */
  readonly leaderEpoch: number
  readonly metadata: string
  readonly commitTimestamp: bigint
  /** Set only by commits of versions 2 to 4 that chose their own retention; -1 otherwise (KIP-211). */
  readonly expireTimestamp: bigint
}

export const NO_EXPIRE_TIMESTAMP = -1n

export interface StoredMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly rebalanceTimeoutMs: number
  readonly sessionTimeoutMs: number
  readonly subscription: Buffer
  readonly assignment: Buffer
}

/** A generation whose assignment is known, or an empty one. */
export interface GroupMetadata {
  readonly protocolType: string
  readonly generationId: number
  readonly protocolName: string | null
  readonly leaderId: string | null
  /** -1 in records older than 2.1. */
  readonly phaseSinceMs: number
  readonly members: readonly StoredMember[]
}

/** `committed` null and `metadata` null are tombstones. */
export type GroupRecord =
  | {
      readonly type: 'offset'
      readonly groupId: string
      readonly topic: string
      readonly partition: number
      readonly committed: CommittedOffset | null
      /** Set when the record belongs to a transaction: it counts once that is committed (KIP-98). */
      readonly producerId?: number
    }
  | {
      readonly type: 'metadata'
      readonly groupId: string
      readonly metadata: GroupMetadata | null
    }
  | {
      /** A marker: the producer's open offsets count from here on, or never. */
      readonly type: 'transaction-end'
      readonly producerId: number
      readonly committed: boolean
    }
