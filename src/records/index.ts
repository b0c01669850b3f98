export * from './batch.ts'
export { BatchBuilder, type BatchOptions } from './batch-builder.ts'
export {
  batchesIn,
  MAX_HEADER_BYTES,
  nextBatchSize,
  readBatchInfo,
  type BatchAt,
  type BatchInfo,
} from './batch-info.ts'
export { DEFAULT_MAX_DECOMPRESSED_BYTES } from './batch-walk.ts'
export {
  buildEndTxnMarker,
  ControlRecordType,
  readEndTxnMarker,
  type EndTxnMarker,
  type EndTxnMarkerOptions,
} from './control-record.ts'
export { convertDown, type DownConversion } from './convert-down.ts'
export { isMessageCrcValid, type LegacyMessage } from './legacy-message.ts'
export { messagesOf } from './message-set.ts'
export { produceFormats, type ProduceFormats, type ProduceRules } from './produce-rules.ts'
export type { NewRecord, Record, RecordHeader } from './record.ts'
export { recordsIn, recordsOf, type ReadOptions } from './records-of.ts'
export { RecordSpans } from './record-spans.ts'
export {
  emptiedBatch,
  retainedBatch,
  RetainedRecords,
  type RetainedBatch,
} from './retained-batch.ts'
export { retainedMessages } from './retained-messages.ts'
export { validateProduced } from './validate.ts'
export {
  RecordSetError,
  type AcceptedRecords,
  type RecordFault,
  type RecordsVerdict,
  type RefusedRecords,
} from './verdict.ts'
