/** Runs decision machines over internal topics, and faces them for the handlers: see README.md. */
export {
  GroupCoordinator,
  type FetchOffsetsReply,
  type GroupCoordinatorOptions,
  type ListGroupsReply,
} from './group-coordinator.ts'
export type { Decision, Effect, Machine, MachineTypes, RequestId, StoredRecord } from './machine.ts'
export { MachineRuntime, type MachineRuntimeOptions } from './machine-runtime.ts'
export type { Append, AppendOutcome, PartitionLog } from './partition-log.ts'
export {
  TransactionCoordinator,
  type ListTransactionsReply,
  type MarkerResults,
  type TransactionCoordinatorOptions,
} from './transaction-coordinator.ts'
