/** Results of requests, as ZooKeeper's `KeeperException.Code` numbers them. */
export const ZkErrorCode = {
  OK: 0,
  SYSTEM_ERROR: -1,
  RUNTIME_INCONSISTENCY: -2,
  DATA_INCONSISTENCY: -3,
  CONNECTION_LOSS: -4,
  MARSHALLING_ERROR: -5,
  UNIMPLEMENTED: -6,
  OPERATION_TIMEOUT: -7,
  BAD_ARGUMENTS: -8,
  UNKNOWN_SESSION: -12,
  NEW_CONFIG_NO_QUORUM: -13,
  RECONFIG_IN_PROGRESS: -14,
  API_ERROR: -100,
  NO_NODE: -101,
  NO_AUTH: -102,
  BAD_VERSION: -103,
  NO_CHILDREN_FOR_EPHEMERALS: -108,
  NODE_EXISTS: -110,
  NOT_EMPTY: -111,
  SESSION_EXPIRED: -112,
  INVALID_CALLBACK: -113,
  INVALID_ACL: -114,
  AUTH_FAILED: -115,
  SESSION_MOVED: -118,
  NOT_READ_ONLY: -119,
  EPHEMERAL_ON_LOCAL_SESSION: -120,
  NO_WATCHER: -121,
  REQUEST_TIMEOUT: -122,
  RECONFIG_DISABLED: -123,
  SESSION_CLOSED_REQUIRE_SASL_AUTH: -124,
  QUOTA_EXCEEDED: -125,
  THROTTLED_OP: -127,
} as const
export type ZkErrorCode = (typeof ZkErrorCode)[keyof typeof ZkErrorCode]

/** How ZooKeeper's messages spell the codes whose name is not simply the words run together. */
const spellings: ReadonlyMap<number, string> = new Map<number, string>([
  [ZkErrorCode.OK, 'ok'],
  [ZkErrorCode.API_ERROR, 'APIError'],
  [ZkErrorCode.INVALID_ACL, 'InvalidACL'],
  [ZkErrorCode.NOT_EMPTY, 'Directory not empty'],
  [ZkErrorCode.SESSION_EXPIRED, 'Session expired'],
  [ZkErrorCode.UNKNOWN_SESSION, 'Unknown session'],
  [ZkErrorCode.INVALID_CALLBACK, 'Invalid callback'],
  [ZkErrorCode.SESSION_MOVED, 'Session moved'],
  [ZkErrorCode.NOT_READ_ONLY, 'Not a read-only call'],
  [ZkErrorCode.EPHEMERAL_ON_LOCAL_SESSION, 'Ephemeral node on local session'],
  [ZkErrorCode.NO_WATCHER, 'No such watcher'],
  [ZkErrorCode.RECONFIG_DISABLED, 'Reconfig is disabled'],
  [
    ZkErrorCode.SESSION_CLOSED_REQUIRE_SASL_AUTH,
    'Session closed because client failed to authenticate',
  ],
  [ZkErrorCode.QUOTA_EXCEEDED, 'Quota has exceeded'],
  [ZkErrorCode.THROTTLED_OP, 'Op throttled due to high load'],
])

const names = new Map<number, string>(
  Object.entries(ZkErrorCode).map(([name, code]) => [code, spellings.get(code) ?? camelCase(name)]),
)

/** As behind `KeeperErrorCode = ` in ZooKeeper's messages, e.g. `NoNode`. */
export function nameOfErrorCode(code: number): string {
  return names.get(code) ?? `Unknown error ${code}`
}

function camelCase(name: string): string {
  return name
    .split('_')
    .map(word => word.charAt(0) + word.slice(1).toLowerCase())
    .join('')
}
