export { apply } from './apply.ts'
export { decide } from './decide.ts'
export type {
  ControllerDecision,
  ControllerEffect,
  ControllerEvent,
  ControllerRecord,
  ControllerReply,
  ElectionType,
  IsrChange,
  PartitionKey,
  ReplicaChange,
  ReplicaMove,
  StoppedReplica,
  StoredState,
  TopicPartitions,
  ZnodeWrite,
} from './events.ts'
export {
  hasMoves,
  isMoving,
  partitionAssignment,
  withPartition,
  type PartitionAssignment,
} from './partition-assignment.ts'
export {
  LEADER_DURING_DELETE,
  NO_LEADER,
  newControllerState,
  type Assignment,
  type ControllerSettings,
  type ControllerState,
  type PartitionSet,
  type PartitionState,
} from './state.ts'
