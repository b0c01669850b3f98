export { apply } from './apply.ts'
export { decide } from './decide.ts'
export type {
  ControllerDecision,
  ControllerEffect,
  ControllerEvent,
  ControllerRecord,
  TopicPartitions,
  ZnodeWrite,
} from './events.ts'
export {
  LEADER_DURING_DELETE,
  NO_LEADER,
  newControllerState,
  type Assignment,
  type ControllerState,
  type PartitionState,
} from './state.ts'
