export * from './server/index.ts'
export {
  AddWatchMode,
  CreateMode,
  EventType,
  nameOfErrorCode,
  OpCode,
  Permission,
  ZkErrorCode,
  type Acl,
  type Identity,
  type Stat,
} from './wire/index.ts'
