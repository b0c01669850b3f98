/** The transaction coordinator as a machine: see README.md. */
export { verifyPartition, type VerifyPartition } from './add-partitions.ts'
export { apply } from './apply.ts'
export { checkQuestion } from './check-question.ts'
export { decide } from './decide.ts'
export type { Decision, TransactionEffect, Transition, WriteMarkers } from './decision.ts'
export {
  describeRefused,
  describeTransaction,
  listTransactions,
  unknownStates,
  type TransactionDescription,
  type TransactionFilter,
  type TransactionOverview,
} from './describe.ts'
export type {
  AddPartitions,
  ClientEvent,
  EndTransaction,
  FailedEvent,
  InitProducerId,
  LostEvent,
  MarkersAnswered,
  Replies,
  TimerEvent,
  TransactionEvent,
} from './events.ts'
export { markerOutcome, type MarkerOutcome } from './marker-outcome.ts'
export { transactionPartition } from './partition.ts'
export type { PartitionSet, TopicPartition } from './partition-set.ts'
export { isPreparing, phases, type Phase } from './phase.ts'
export { decodeRecord, encodeRecord } from './record-codec.ts'
export type { TransactionRecord } from './records.ts'
export { refused, type InitReply, type Reply } from './replies.ts'
export { defaultTransactionSettings, type TransactionSettings } from './settings.ts'
export {
  createShard,
  type Transaction,
  type TransactionMetadata,
  type TransactionShard,
} from './transaction.ts'
