/** What a broker's properties say about groups; fixed for the life of the coordinator. */
export interface GroupSettings {
  /** `group.min.session.timeout.ms` and `group.max.session.timeout.ms`, both included. */
  readonly minSessionTimeoutMs: number
  readonly maxSessionTimeoutMs: number
  /** `group.max.size`: members a group may have (KIP-389). */
  readonly maxSize: number
  /** `group.initial.rebalance.delay.ms`: how long an empty group waits for company (KIP-134). */
  readonly initialRebalanceDelayMs: number
  /** `offset.metadata.max.bytes`, counted in UTF-16 units as Kafka does. */
  readonly offsetMetadataMaxUnits: number
  /** `offsets.retention.minutes` (KIP-211). */
  readonly offsetsRetentionMs: number
}

/** The defaults of Kafka 3.9. */
export const defaultGroupSettings: GroupSettings = {
  minSessionTimeoutMs: 6_000,
  maxSessionTimeoutMs: 1_800_000,
  maxSize: 0x7fff_ffff,
  initialRebalanceDelayMs: 3_000,
  offsetMetadataMaxUnits: 4_096,
  offsetsRetentionMs: 7 * 24 * 60 * 60_000,
}

/** How long a member that has just joined may wait for the rebalance before it is taken for gone: it has no id yet and cannot send heartbeats. */
export const NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60_000

/** Ids handed out and not used yet (KIP-394), a group; Kafka sets no bound and lets a stranger fill its memory. */
export const MAX_PENDING_MEMBERS = 10_000
