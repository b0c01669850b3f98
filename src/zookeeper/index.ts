export * from './client/index.ts'
export * from './server/index.ts'
export {
  CreateMode,
  EventType,
  nameOfErrorCode,
  OpCode,
  Permission,
  ZkErrorCode,
  type Acl,
  type Identity,
  type MultiResult,
  type Stat,
} from './wire/index.ts'
