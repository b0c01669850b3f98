export { OPEN_ACL_UNSAFE, ZooKeeperClient, type CreateOptions, type Operation } from './client.ts'
export { parseConnectString, type ConnectString, type ServerAddress } from './connect-string.ts'
export {
  AuthFailedError,
  BadArgumentsError,
  BadVersionError,
  ConnectionLossError,
  InvalidAclError,
  MultiError,
  NoAuthError,
  NoChildrenForEphemeralsError,
  NodeExistsError,
  NoNodeError,
  NotEmptyError,
  SessionExpiredError,
  TooManyRequestsError,
  ZooKeeperError,
} from './errors.ts'
export type { ClientHost, ClientState, ZooKeeperClientOptions } from './options.ts'
export type { Watcher, WatchEvent } from './watchers.ts'
