/**
 * What a log reads of a topic's configuration. The `config` room maps the properties named here;
 * a limit that Kafka writes as 9223372036854775807 may be any number beyond every real one.
 */
export interface LogConfig {
  /** `segment.bytes`: a segment rolls before it would grow beyond this. */
  readonly segmentBytes: number
  /** `segment.ms`: span between the first and the newest timestamp of a segment. */
  readonly segmentMs: number
  /** `segment.jitter.ms`: at most so much less than `segmentMs`, chosen anew for each segment. */
  readonly segmentJitterMs: number
  /** `segment.index.bytes`: size of each index file of the active segment, which is sparse. */
  readonly segmentIndexBytes: number
  /** `index.interval.bytes`: at least so many bytes lie between two entries of an index. */
  readonly indexIntervalBytes: number
  /** `preallocate`: the file of a new segment gets its full size at once. */
  readonly preallocate: boolean
  /** `max.message.bytes`: largest batch a leader takes, as stored. Replicas take any. */
  readonly maxMessageBytes: number
  /** `cleanup.policy` contains `delete`: retention by time and size applies. */
  readonly deletesOldSegments: boolean
  /** `cleanup.policy` contains `compact`: offsets may be missing. */
  readonly isCompacted: boolean
  /** `delete.retention.ms`: how long a tombstone, or a transaction's marker, stays after compaction met it. */
  readonly deleteRetentionMs: number
  /** `min.compaction.lag.ms`: younger records are not compacted. */
  readonly minCompactionLagMs: number
  /** `max.compaction.lag.ms`: older ones are, however little there is to gain. */
  readonly maxCompactionLagMs: number
  /** `min.cleanable.dirty.ratio`: the share of dirty bytes that makes compaction worth its while. */
  readonly minCleanableDirtyRatio: number
  /** `retention.ms`; negative: none. */
  readonly retentionMs: number
  /** `retention.bytes`; negative: none. */
  readonly retentionBytes: number
  /** `file.delete.delay.ms`: between the rename to `.deleted` and the removal. */
  readonly fileDeleteDelayMs: number
  /** `flush.messages`: as many unsynced records make an append wait for the disk. */
  readonly flushMessages: number
  /** `flush.ms`: longest time a written record stays unsynced. */
  readonly flushMs: number
  /**
   * Not Kafka's: after so many bytes the log starts an fdatasync in the thread pool, because a disk
   * that is handed gigabytes at once stalls appends for long. 0: never.
   */
  readonly writebackBytes: number
}

/** Kafka's defaults. */
export const defaultLogConfig: LogConfig = {
  segmentBytes: 1_073_741_824,
  segmentMs: 604_800_000,
  segmentJitterMs: 0,
  segmentIndexBytes: 10_485_760,
  indexIntervalBytes: 4_096,
  preallocate: false,
  maxMessageBytes: 1_048_588,
  deletesOldSegments: true,
  isCompacted: false,
  deleteRetentionMs: 86_400_000,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
  minCleanableDirtyRatio: 0.5,
  retentionMs: 604_800_000,
  retentionBytes: -1,
  fileDeleteDelayMs: 60_000,
  flushMessages: Number.MAX_SAFE_INTEGER,
  flushMs: Number.MAX_SAFE_INTEGER,
  writebackBytes: 16_777_216,
}
