/**
 * What requests fail with: one class for each code that callers tell apart, and one for all. The
 * texts are those of ZooKeeper's `KeeperException`.
 */
import { nameOfErrorCode, ZkErrorCode, type MultiResult } from '../wire/index.ts'

/** A request that did not succeed, by the server's word or because no answer came. */
export class ZooKeeperError extends Error {
  override readonly name: string = 'ZooKeeperError'
  /** Of `ZkErrorCode`. */
  readonly code: number
  /** The node it was about, as the caller names it. */
  readonly path: string | undefined
  /** The same request may succeed on a later connection of this session. */
  readonly retriable: boolean = false

  constructor(code: number, path?: string, cause?: unknown) {
    const about = path === undefined || path === '' ? '' : ` for ${path}`
    super(`KeeperErrorCode = ${nameOfErrorCode(code)}${about}`, { cause })
    this.code = code
    this.path = path
  }
}

/** The connection broke: whether the change was made is not known. */
export class ConnectionLossError extends ZooKeeperError {
  override readonly name = 'ConnectionLossError'
  override readonly retriable = true
}
/** The session is over, and with it this client and all its ephemeral nodes. */
export class SessionExpiredError extends ZooKeeperError {
  override readonly name = 'SessionExpiredError'
}
export class AuthFailedError extends ZooKeeperError {
  override readonly name = 'AuthFailedError'
}
export class NoNodeError extends ZooKeeperError {
  override readonly name = 'NoNodeError'
}
export class NodeExistsError extends ZooKeeperError {
  override readonly name = 'NodeExistsError'
}
export class BadVersionError extends ZooKeeperError {
  override readonly name = 'BadVersionError'
}
export class NotEmptyError extends ZooKeeperError {
  override readonly name = 'NotEmptyError'
}
export class NoAuthError extends ZooKeeperError {
  override readonly name = 'NoAuthError'
}
export class NoChildrenForEphemeralsError extends ZooKeeperError {
  override readonly name = 'NoChildrenForEphemeralsError'
}
export class InvalidAclError extends ZooKeeperError {
  override readonly name = 'InvalidAclError'
}
export class BadArgumentsError extends ZooKeeperError {
  override readonly name = 'BadArgumentsError'
}

/** More requests wait for their answers than this client may have. */
export class TooManyRequestsError extends Error {
  override readonly name = 'TooManyRequestsError'
  readonly code = 'TOO_MANY_REQUESTS'

  constructor(limit: number) {
    super(`${limit} requests to ZooKeeper wait for their answers, and no more may`)
  }
}

/** A multi of which nothing was done. `results` has an error for each operation; code 0 for those before `index`. */
export class MultiError extends ZooKeeperError {
  override readonly name = 'MultiError'
  /** The operation that was refused. */
  readonly index: number
  readonly results: readonly MultiResult[]

  constructor(
    refused: { code: number; path: string; index: number },
    results: readonly MultiResult[],
  ) {
    super(refused.code, refused.path)
    this.index = refused.index
    this.results = results
  }
}

type ErrorClass = new (code: number, path?: string, cause?: unknown) => ZooKeeperError

const classes: ReadonlyMap<number, ErrorClass> = new Map<number, ErrorClass>([
  [ZkErrorCode.CONNECTION_LOSS, ConnectionLossError],
  [ZkErrorCode.SESSION_EXPIRED, SessionExpiredError],
  [ZkErrorCode.AUTH_FAILED, AuthFailedError],
  [ZkErrorCode.NO_NODE, NoNodeError],
  [ZkErrorCode.NODE_EXISTS, NodeExistsError],
  [ZkErrorCode.BAD_VERSION, BadVersionError],
  [ZkErrorCode.NOT_EMPTY, NotEmptyError],
  [ZkErrorCode.NO_AUTH, NoAuthError],
  [ZkErrorCode.NO_CHILDREN_FOR_EPHEMERALS, NoChildrenForEphemeralsError],
  [ZkErrorCode.INVALID_ACL, InvalidAclError],
  [ZkErrorCode.BAD_ARGUMENTS, BadArgumentsError],
])

/** The error of its class for a code that is not OK. */
export function errorOf(code: number, path?: string, cause?: unknown): ZooKeeperError {
  const ErrorOfCode = classes.get(code) ?? ZooKeeperError
  return new ErrorOfCode(code, path, cause)
}
