export type { AppendOutcome, LeaderAppend } from './append.ts'
export { isIntact, storedChecksum } from './batch-checksum.ts'
export {
  defaultCleanerSettings,
  holdsAnyKey,
  LogCleaner,
  type CleanerSettings,
} from './cleaner/index.ts'
export { CheckpointError } from './checkpoint-text.ts'
export { DamagedLogError } from './header-walk.ts'
export {
  defaultHousekeepingPeriods,
  Housekeeping,
  type HousekeepingPeriods,
} from './housekeeping.ts'
export type { EpochEndOffset } from './leader-epochs.ts'
export type { LogRead } from './loaded-log.ts'
export { defaultLogConfig, type LogConfig } from './log-config.ts'
export type { LogContext } from './log-context.ts'
export type { LogDamage } from './log-damage.ts'
export {
  LogDirectories,
  type LogDirectoriesEvents,
  type LogDirectoriesOptions,
  type NewLog,
} from './log-directories.ts'
export type { LogCheckpoint, LogDirectory } from './log-directory.ts'
export { LogRange, type FirstBatch, type ReadOptions } from './log-reader.ts'
export {
  META_PROPERTIES,
  readMetaProperties,
  writeMetaProperties,
  type MetaProperties,
} from './meta-properties.ts'
export {
  OffsetCheckpoint,
  OffsetCheckpointName,
  type PartitionOffset,
} from './offset-checkpoint.ts'
export {
  isLegalTopicName,
  mayHaveFuture,
  parsePartitionDirectoryName,
  type DirectoryPurpose,
  type PartitionDirectoryName,
  type TopicPartition,
} from './partition-directory.ts'
export { readOffsetIndex, type OffsetIndexEntry } from './offset-index.ts'
export type { PartitionLog } from './partition-log.ts'
export type { BatchMetadata, ProducerEntry } from './producer-entry.ts'
export { decodeProducerSnapshot } from './producer-snapshot.ts'
export {
  defaultProducerStateOptions,
  type ProducerState,
  type ProducerStateOptions,
} from './producer-state.ts'
export type { UnverifiedBatch } from './unverified-producers.ts'
export { parseSegmentFileName, type SegmentFileName } from './segment-files.ts'
export { readTimeIndex } from './time-index.ts'
export type { TimestampedOffset } from './timestamp-lookup.ts'
export { TransactionIndex, type AbortedTransaction } from './transaction-index.ts'
