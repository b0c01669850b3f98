export * from './constants.ts'
export {
  readRecord,
  StatPersisted,
  writeRecord,
  type Acl,
  type Identity,
  type Stat,
} from './data.ts'
export { ZkErrorCode, nameOfErrorCode } from './error-code.ts'
export { OpCode, Xid } from './op-code.ts'
export * from './requests.ts'
export * from './responses.ts'
export * from './transactions.ts'
export {
  isMultiRead,
  readMultiRequest,
  readMultiResponse,
  writeMultiRequest,
  writeMultiResponse,
  type MultiChange,
  type MultiOperation,
  type MultiRead,
  type MultiResult,
} from './multi.ts'
