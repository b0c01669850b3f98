/** What a topic's configuration means for its logs and for what may be produced to it. */
import type { TopicConfig } from '../config/index.ts'
import type { LogConfig } from '../log/index.ts'
import type { ProduceRules } from '../records/index.ts'

/**
 * What a produced batch may decompress to while it is checked: so many times `max.message.bytes`, within
 * bounds. Java's producer limits a batch before it compresses it, so an honest one stays far below; a
 * bomb holds up everybody else for as long as it takes to inflate this much.
 */
const MAX_EXPANSION = 64
const LEAST_DECOMPRESSED_BYTES = 64 * 1024 * 1024
const MOST_DECOMPRESSED_BYTES = 512 * 1024 * 1024

export function logConfigOf(config: TopicConfig): LogConfig {
  return {
    segmentBytes: config.get('segment.bytes'),
    segmentMs: config.get('segment.ms'),
    segmentJitterMs: config.get('segment.jitter.ms'),
    segmentIndexBytes: config.get('segment.index.bytes'),
    indexIntervalBytes: config.get('index.interval.bytes'),
    preallocate: config.get('preallocate'),
    maxMessageBytes: config.get('max.message.bytes'),
    deletesOldSegments: config.isDeleted,
    isCompacted: config.isCompacted,
    deleteRetentionMs: config.get('delete.retention.ms'),
    minCompactionLagMs: config.get('min.compaction.lag.ms'),
    maxCompactionLagMs: config.get('max.compaction.lag.ms'),
    minCleanableDirtyRatio: config.get('min.cleanable.dirty.ratio'),
    retentionMs: config.get('retention.ms'),
    retentionBytes: config.get('retention.bytes'),
    fileDeleteDelayMs: config.get('file.delete.delay.ms'),
    flushMessages: config.get('flush.messages'),
    flushMs: config.get('flush.ms'),
    writebackBytes: 16 * 1024 * 1024,
  }
}

const CODECS = { uncompressed: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const

export function produceRulesOf(config: TopicConfig): ProduceRules {
  const codec = config.get('compression.type')
  const level = levelOf(config, codec)
  const maxMessageBytes = config.get('max.message.bytes')
  return {
    maxMessageBytes,
    isCompacted: config.isCompacted,
    timestampType:
      config.get('message.timestamp.type') === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime',
    timestampBeforeMaxMs: config.timestampBeforeMaxMs,
    timestampAfterMaxMs: config.timestampAfterMaxMs,
    codec: codec in CODECS ? CODECS[codec as keyof typeof CODECS] : 'producer',
    ...(level === undefined ? {} : { level }),
    maxDecompressedBytes: Math.min(
      Math.max(MAX_EXPANSION * maxMessageBytes, LEAST_DECOMPRESSED_BYTES),
      MOST_DECOMPRESSED_BYTES,
    ),
  }
}

function levelOf(config: TopicConfig, codec: string): number | undefined {
  if (codec === 'gzip') return config.get('compression.gzip.level')
  if (codec === 'lz4') return config.get('compression.lz4.level')
  if (codec === 'zstd') return config.get('compression.zstd.level')
  return undefined
}
