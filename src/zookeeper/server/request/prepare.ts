/**
 * First of the three steps of a change (prepare, sync, apply): judges a request by the tree as it
 * will be, gives it its zxid, and says what to write to the log. What is refused is logged as well,
 * as an error, because its zxid is used. Mirrors ZooKeeper's `PrepRequestProcessor`.
 */
import { ProtocolError, Reader } from '../../../bytes/index.ts'
import {
  CheckVersionRequest,
  CreateRequest,
  CreateTTLRequest,
  DeleteRequest,
  OpCode,
  Permission,
  readMultiRequest,
  readRecord,
  SetACLRequest,
  SetDataRequest,
  ZkErrorCode,
  type Identity,
  type MultiOperation,
} from '../../wire/index.ts'
import { DIGEST_VERSION } from '../tree/digest.ts'
import { isSpecialPath, isValidPath, parentOf } from '../../wire/path.ts'
import {
  errorChange,
  type Change,
  type SimpleChange,
  type Transaction,
  type TransactionHeader,
} from '../tree/transaction.ts'
import { fixAcls, isAllowed } from './access.ts'
import type { NodeView } from './pending.ts'
import { prepareCreate } from './prepare-create.ts'
import type { Request, ServerState } from './state.ts'

/** Who asks, and the place and moment the change would have. */
export interface Asking {
  sessionId: bigint
  identities: readonly Identity[]
  zxid: bigint
  timeMs: bigint
}

const writeTypes: ReadonlySet<number> = new Set([
  OpCode.create,
  OpCode.create2,
  OpCode.createContainer,
  OpCode.createTTL,
  OpCode.delete,
  OpCode.deleteContainer,
  OpCode.setData,
  OpCode.setACL,
  OpCode.multi,
  OpCode.reconfig,
  OpCode.createSession,
  OpCode.closeSession,
])

/** True for a request that makes a transaction, and so waits for the disk. */
export function isWrite(type: number): boolean {
  return writeTypes.has(type)
}

/** The transaction that answers a request of `writeTypes`; its changes are under way from now on. */
export function prepare(state: ServerState, request: Request, wallMs: number): Transaction {
  const header = nextHeader(state, request, wallMs)
  const session = state.sessions.get(request.sessionId)
  if (request.client !== null && (session === undefined || session.isClosing)) {
    return withoutDigest(header, errorChange(ZkErrorCode.SESSION_EXPIRED))
  }
  try {
    const change = prepareChange(state, request, header)
    return change.type === OpCode.error
      ? withoutDigest(header, change)
      : withDigest(state, header, change)
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return withoutDigest(header, errorChange(ZkErrorCode.MARSHALLING_ERROR))
  }
}

/** The transaction of a new session. */
export function prepareSession(
  state: ServerState,
  session: { sessionId: bigint; timeoutMs: number },
  wallMs: number,
): Transaction {
  const header = nextHeader(state, { sessionId: session.sessionId, xid: 0 }, wallMs)
  return withDigest(state, header, {
    type: OpCode.createSession,
    body: { timeOut: session.timeoutMs },
  })
}

/** Deletes a container or a node past its time to live, unless it has children again. */
export function prepareCleanUp(state: ServerState, path: string, wallMs: number): Transaction {
  const header = nextHeader(state, { sessionId: 0n, xid: 0 }, wallMs)
  const node = state.pending.get(path)
  const parent = state.pending.get(parentOf(path))
  if (node === undefined || parent === undefined) {
    return withoutDigest(header, errorChange(ZkErrorCode.NO_NODE))
  }
  if (node.childCount > 0) return withoutDigest(header, errorChange(ZkErrorCode.NOT_EMPTY))
  if (state.tree.kindOf(node.stat) === 'ephemeral') {
    return withoutDigest(header, errorChange(ZkErrorCode.BAD_VERSION))
  }
  removeNode(state, header.zxid, parent, path)
  return withDigest(state, header, { type: OpCode.deleteContainer, body: { path } })
}

function nextHeader(
  state: ServerState,
  from: Pick<Request, 'sessionId' | 'xid'>,
  wallMs: number,
): TransactionHeader {
  state.zxid += 1n
  return {
    clientId: from.sessionId,
    cxid: from.xid,
    zxid: state.zxid,
    time: BigInt(Math.floor(wallMs)),
  }
}

function withDigest(state: ServerState, header: TransactionHeader, change: Change): Transaction {
  return {
    header,
    change,
    digest: { version: DIGEST_VERSION, treeDigest: state.pending.digest },
  }
}

function withoutDigest(header: TransactionHeader, change: Change): Transaction {
  return { header, change, digest: null }
}

/** @throws ProtocolError when the body is not what the type says */
function prepareChange(state: ServerState, request: Request, header: TransactionHeader): Change {
  const reader = new Reader(request.body)
  const asking: Asking = {
    sessionId: request.sessionId,
    identities: request.identities,
    zxid: header.zxid,
    timeMs: header.time,
  }
  switch (request.type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer: {
      const body = readRecord(CreateRequest, reader)
      return prepareCreate(state, asking, { type: request.type, body })
    }
    case OpCode.createTTL: {
      const { ttl, ...body } = readRecord(CreateTTLRequest, reader)
      return prepareCreate(state, asking, { type: request.type, body, ttlMs: ttl })
    }
    case OpCode.delete:
      return prepareDelete(state, asking, readRecord(DeleteRequest, reader))
    case OpCode.setData:
      return prepareSetData(state, asking, readRecord(SetDataRequest, reader))
    case OpCode.setACL:
      return prepareSetAcl(state, asking, readRecord(SetACLRequest, reader))
    case OpCode.multi:
      return prepareMulti(state, asking, readMultiRequest(reader))
    case OpCode.closeSession:
      return prepareCloseSession(state, asking)
    case OpCode.reconfig:
      return errorChange(
        state.options.reconfigEnabled ? ZkErrorCode.UNIMPLEMENTED : ZkErrorCode.RECONFIG_DISABLED,
      )
    default:
      // deleteContainer is what a server asks of itself.
      return errorChange(ZkErrorCode.BAD_ARGUMENTS)
  }
}

function prepareDelete(state: ServerState, asking: Asking, body: DeleteRequest): SimpleChange {
  const { path, version } = body
  if (!path.includes('/') || path.includes('\0') || isSpecialPath(path)) {
    return errorChange(ZkErrorCode.BAD_ARGUMENTS)
  }
  const parent = state.pending.get(parentOf(path))
  if (parent === undefined) return errorChange(ZkErrorCode.NO_NODE)
  if (!isAllowed(parent.acls, Permission.DELETE, asking.identities)) {
    return errorChange(ZkErrorCode.NO_AUTH)
  }
  const node = state.pending.get(path)
  if (node === undefined) return errorChange(ZkErrorCode.NO_NODE)
  if (!isVersion(version, node.stat.version)) return errorChange(ZkErrorCode.BAD_VERSION)
  if (node.childCount > 0) return errorChange(ZkErrorCode.NOT_EMPTY)
  removeNode(state, asking.zxid, parent, path)
  return { type: OpCode.delete, body: { path } }
}

function prepareSetData(state: ServerState, asking: Asking, body: SetDataRequest): SimpleChange {
  const { path, data } = body
  const found = findToChange(state, asking, body, Permission.WRITE)
  if (typeof found === 'number') return errorChange(found)
  const version = (found.stat.version + 1) | 0
  const stat = { ...found.stat, version, mtime: asking.timeMs, mzxid: asking.zxid }
  state.pending.put(asking.zxid, { ...found, stat, data })
  return { type: OpCode.setData, body: { path, data, version } }
}

function prepareCheck(state: ServerState, asking: Asking, body: CheckVersionRequest): SimpleChange {
  const found = findToChange(state, asking, body, Permission.READ)
  if (typeof found === 'number') return errorChange(found)
  const version = (found.stat.version + 1) | 0
  return { type: OpCode.check, body: { path: body.path, version } }
}

/** The node of setData or check, or the error. */
function findToChange(
  state: ServerState,
  asking: Asking,
  body: { path: string; version: number },
  permission: number,
): NodeView | ZkErrorCode {
  if (!isValidPath(body.path)) return ZkErrorCode.BAD_ARGUMENTS
  const node = state.pending.get(body.path)
  if (node === undefined) return ZkErrorCode.NO_NODE
  if (!isAllowed(node.acls, permission, asking.identities)) return ZkErrorCode.NO_AUTH
  return isVersion(body.version, node.stat.version) ? node : ZkErrorCode.BAD_VERSION
}

function prepareSetAcl(state: ServerState, asking: Asking, body: SetACLRequest): Change {
  const { path } = body
  if (!isValidPath(path)) return errorChange(ZkErrorCode.BAD_ARGUMENTS)
  const acls = fixAcls(body.acl, asking.identities)
  if (acls === undefined) return errorChange(ZkErrorCode.INVALID_ACL)
  const node = state.pending.get(path)
  if (node === undefined) return errorChange(ZkErrorCode.NO_NODE)
  if (!isAllowed(node.acls, Permission.ADMIN, asking.identities)) {
    return errorChange(ZkErrorCode.NO_AUTH)
  }
  if (!isVersion(body.version, node.stat.aversion)) return errorChange(ZkErrorCode.BAD_VERSION)
  const version = (node.stat.aversion + 1) | 0
  state.pending.put(asking.zxid, { ...node, stat: { ...node.stat, aversion: version }, acls })
  return { type: OpCode.setACL, body: { path, acl: acls, version } }
}

/** All or nothing: after the first refusal the others are not even judged. */
function prepareMulti(
  state: ServerState,
  asking: Asking,
  operations: readonly MultiOperation[],
): Change {
  const mark = state.pending.mark()
  const changes: SimpleChange[] = []
  let hasFailed = false
  for (const operation of operations) {
    if (hasFailed) {
      changes.push(errorChange(ZkErrorCode.RUNTIME_INCONSISTENCY))
      continue
    }
    const change = prepareOperation(state, asking, operation)
    changes.push(change)
    if (change.type === OpCode.error) {
      hasFailed = true
      state.pending.rollBack(mark)
    }
  }
  return { type: OpCode.multi, body: changes }
}

function prepareOperation(
  state: ServerState,
  asking: Asking,
  operation: MultiOperation,
): SimpleChange {
  switch (operation.type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
      return prepareCreate(state, asking, operation)
    case OpCode.createTTL: {
      const { ttl, ...body } = operation.body
      return prepareCreate(state, asking, { type: operation.type, body, ttlMs: ttl })
    }
    case OpCode.delete:
      return prepareDelete(state, asking, operation.body)
    case OpCode.setData:
      return prepareSetData(state, asking, operation.body)
    case OpCode.check:
      return prepareCheck(state, asking, operation.body)
    case OpCode.getData:
    case OpCode.getChildren:
      throw new ProtocolError(`operation ${operation.type} reads: it belongs into a multiRead`)
  }
}

function prepareCloseSession(state: ServerState, asking: Asking): Change {
  const { sessionId, zxid } = asking
  const paths2Delete = state.pending.ephemeralsOf(sessionId)
  for (const path of paths2Delete) {
    const parent = state.pending.get(parentOf(path))
    if (parent !== undefined) removeNode(state, zxid, parent, path)
  }
  const session = state.sessions.get(sessionId)
  if (session !== undefined) session.isClosing = true
  return { type: OpCode.closeSession, body: { paths2Delete } }
}

function removeNode(state: ServerState, zxid: bigint, parent: NodeView, path: string): void {
  const stat = { ...parent.stat, pzxid: zxid }
  state.pending.put(zxid, { ...parent, stat, childCount: parent.childCount - 1 })
  state.pending.remove(zxid, path)
}

/** -1 asks for no particular version. */
function isVersion(expected: number, actual: number): boolean {
  return expected === -1 || expected === actual
}
