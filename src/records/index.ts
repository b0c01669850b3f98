export * from './batch.ts'
export {
  batchesIn,
  MAX_HEADER_BYTES,
  nextBatchSize,
  readBatchInfo,
  type BatchAt,
  type BatchInfo,
} from './batch-info.ts'
