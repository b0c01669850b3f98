/** What a topic allows in a produced record set; what the request allows are its `ProduceFormats`. */

export interface ProduceRules {
  /** `max.message.bytes`: of one batch, compressed as it is, before and after conversion. */
  readonly maxMessageBytes: number
  /** Whether `cleanup.policy` contains `compact`: then every record needs a key. */
  readonly isCompacted: boolean
  readonly timestampType: 'CreateTime' | 'LogAppendTime'
  /** `message.timestamp.before.max.ms` (KIP-937); Infinity for the largest int64. */
  readonly timestampBeforeMaxMs: number
  /** `message.timestamp.after.max.ms` (KIP-937); Infinity for the largest int64. */
  readonly timestampAfterMaxMs: number
  /** `compression.type`: the codec to store with, or as the producer chose. */
  readonly codec: number | 'producer'
  /** `compression.<codec>.level` (KIP-390); absent: the codec's default. */
  readonly level?: number
  /** What a batch may decompress to before it is refused: a guard, not a Kafka setting. */
  readonly maxDecompressedBytes: number
}

/** What a version of the Produce request may carry. */
export interface ProduceFormats {
  /** Exactly one batch of magic 2 a partition (KIP-98); else any format, even mixed up with versions. */
  readonly isV2Required: boolean
  /** KIP-110. */
  readonly isZstdAllowed: boolean
}

const ANY_FORMAT: ProduceFormats = { isV2Required: false, isZstdAllowed: true }
const BATCHES: ProduceFormats = { isV2Required: true, isZstdAllowed: false }
const WITH_ZSTD: ProduceFormats = { isV2Required: true, isZstdAllowed: true }

/** The one place that knows which Produce version allows what: 3 brought batches, 7 zstd. */
export function produceFormats(produceVersion: number): ProduceFormats {
  if (produceVersion >= 7) return WITH_ZSTD
  return produceVersion >= 3 ? BATCHES : ANY_FORMAT
}

/** How the broker decompresses what it is to store. */
export function decompressing(rules: ProduceRules, maxBytes = rules.maxDecompressedBytes) {
  // It must not store what Java's consumers cannot read.
  return { maxBytes, lz4: { linkedBlocks: 'refused' } } as const
}
