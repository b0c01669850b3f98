export {
  type BrokerRegistration,
  type RequestedMove,
  type PartitionState as StoredPartitionState,
  type TopicAssignment,
} from './content.ts'
export { ZooKeeperConnection, type ConnectionOptions } from './connection.ts'
export { ZnodeError } from './json.ts'
export { paths, type ConfigEntityType } from './paths.ts'
export { Znodes, type ControllerTerm, type StoredState } from './znodes.ts'
