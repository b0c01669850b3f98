/**
 * Requests that change nothing in the tree, answered from what is committed. They may set watches.
 * Mirrors the second half of ZooKeeper's `FinalRequestProcessor`.
 */
import { ProtocolError, Reader } from '../../../bytes/index.ts'
import {
  CheckVersionRequest,
  GetACLResponse,
  GetAllChildrenNumberResponse,
  GetChildren2Response,
  GetChildrenResponse,
  GetDataResponse,
  GetEphemeralsRequest,
  GetEphemeralsResponse,
  OpCode,
  PathRequest,
  PathResponse,
  Permission,
  readMultiRequest,
  readRecord,
  ReadRequest,
  StatResponse,
  SyncRequest,
  WhoAmIResponse,
  writeMultiResponse,
  ZkErrorCode,
  isMultiRead,
  type MultiRead,
  type MultiResult,
} from '../../wire/index.ts'
import { isValidPath } from '../../wire/path.ts'
import { WatchMode } from '../tree/watches.ts'
import type { Znode } from '../tree/znode.ts'
import { isAllowed, userOf, withoutHashes } from './access.ts'
import { answer, refuse, type Reply } from './reply.ts'
import type { Client, Request, ServerState } from './state.ts'
import { addWatch, checkWatches, removeWatches, setWatches } from './watch-requests.ts'

type ReadHandler = (state: ServerState, request: ClientRequest, reader: Reader) => Reply

/** A request that a client sent. */
export type ClientRequest = Request & { client: Client }

const handlers: ReadonlyMap<number, ReadHandler> = new Map<number, ReadHandler>([
  [OpCode.ping, () => ({ error: ZkErrorCode.OK })],
  [OpCode.exists, exists],
  [OpCode.getData, getData],
  [OpCode.getChildren, getChildren],
  [OpCode.getChildren2, getChildren],
  [OpCode.getAllChildrenNumber, getAllChildrenNumber],
  [OpCode.getACL, getAcl],
  [OpCode.getEphemerals, getEphemerals],
  [OpCode.multiRead, multiRead],
  [OpCode.sync, sync],
  [OpCode.check, check],
  [OpCode.whoAmI, whoAmI],
  [OpCode.setWatches, setWatches],
  [OpCode.setWatches2, setWatches],
  [OpCode.addWatch, addWatch],
  [OpCode.checkWatches, checkWatches],
  [OpCode.removeWatches, removeWatches],
])

export function isRead(type: number): boolean {
  return handlers.has(type)
}

/** Answers a request of one of the types for which `isRead` holds. */
export function read(state: ServerState, request: ClientRequest): Reply {
  const handler = handlers.get(request.type)
  if (handler === undefined) return refuse(ZkErrorCode.UNIMPLEMENTED)
  try {
    return handler(state, request, new Reader(request.body))
  } catch (error) {
    if (error instanceof ProtocolError) return refuse(ZkErrorCode.MARSHALLING_ERROR)
    throw error
  }
}

function exists(state: ServerState, request: ClientRequest, reader: Reader): Reply {
  const { path, watch } = readRecord(ReadRequest, reader)
  if (path.includes('\0')) return refuse(ZkErrorCode.BAD_ARGUMENTS)
  const node = state.tree.get(path)
  if (node !== undefined && !mayRead(state, request, node)) return refuse(ZkErrorCode.NO_AUTH)
  // Also for a node that is not there: the watch waits for it to come.
  if (watch) state.dataWatches.add(path, request.client, WatchMode.STANDARD)
  if (node === undefined) return refuse(ZkErrorCode.NO_NODE)
  return answer(StatResponse, { stat: state.tree.statOf(node) })
}

function getData(state: ServerState, request: ClientRequest, reader: Reader): Reply {
  const { path, watch } = readRecord(ReadRequest, reader)
  const node = findReadable(state, request, path)
  if (typeof node === 'number') return refuse(node)
  if (watch) state.dataWatches.add(path, request.client, WatchMode.STANDARD)
  return answer(GetDataResponse, { data: node.data, stat: state.tree.statOf(node) })
}

function getChildren(state: ServerState, request: ClientRequest, reader: Reader): Reply {
  const { path, watch } = readRecord(ReadRequest, reader)
  const node = findReadable(state, request, path)
  if (typeof node === 'number') return refuse(node)
  if (watch) state.childWatches.add(path, request.client, WatchMode.STANDARD)
  const children = [...(node.children ?? [])]
  return request.type === OpCode.getChildren
    ? answer(GetChildrenResponse, { children })
    : answer(GetChildren2Response, { children, stat: state.tree.statOf(node) })
}

function getAllChildrenNumber(state: ServerState, request: ClientRequest, reader: Reader): Reply {
  const { path } = readRecord(PathRequest, reader)
  const node = findReadable(state, request, path)
  if (typeof node === 'number') return refuse(node)
  return answer(GetAllChildrenNumberResponse, { totalNumber: state.tree.countBelow(path) })
}

function getAcl(state: ServerState, request: ClientRequest, reader: Reader): Reply {
  const { path } = readRecord(PathRequest, reader)
  const node = state.tree.get(path)
  if (node === undefined) return refuse(ZkErrorCode.NO_NODE)
  const acls = state.tree.aclsOf(node)
  const { identities } = request
  if (!isAllowed(acls, Permission.READ | Permission.ADMIN, identities)) {
    return refuse(ZkErrorCode.NO_AUTH)
  }
  const shown = isAllowed(acls, Permission.ADMIN, identities) ? acls : withoutHashes(acls)
  return answer(GetACLResponse, { acl: shown, stat: state.tree.statOf(node) })
}

function getEphemerals(state: ServerState, request: ClientRequest, reader: Reader): Reply {
  const { prefixPath } = readRecord(GetEphemeralsRequest, reader)
  const trimmed = prefixPath?.trim() ?? ''
  const isAll = trimmed === '' || trimmed === '/'
  const own = [...state.tree.ephemeralsOf(request.sessionId)]
  const ephemerals = isAll ? own : own.filter(path => path.startsWith(prefixPath ?? ''))
  return answer(GetEphemeralsResponse, { ephemerals })
}

function multiRead(state: ServerState, request: ClientRequest, reader: Reader): Reply {
  const operations = readMultiRequest(reader)
  const results: MultiResult[] = []
  for (const operation of operations) {
    if (!isMultiRead(operation)) {
      throw new ProtocolError(`operation ${operation.type} changes: it belongs into a multi`)
    }
    results.push(readOne(state, request, operation))
  }
  return { error: ZkErrorCode.OK, body: writer => writeMultiResponse(writer, results) }
}

function readOne(state: ServerState, request: ClientRequest, operation: MultiRead): MultiResult {
  const node = findReadable(state, request, operation.body.path)
  if (typeof node === 'number') return { type: OpCode.error, err: node }
  return operation.type === OpCode.getData
    ? { type: OpCode.getData, data: node.data, stat: state.tree.statOf(node) }
    : { type: OpCode.getChildren, children: [...(node.children ?? [])] }
}

/** Comes behind everything that the session asked for before, and there is nobody to catch up with. */
function sync(_state: ServerState, _request: ClientRequest, reader: Reader): Reply {
  const { path } = readRecord(SyncRequest, reader)
  return answer(PathResponse, { path })
}

/**
 * A check outside a multi. No client sends it; genuine ZooKeeper writes it into its log, never
 * answers, and cannot read that log again. It is answered here, and changes nothing.
 */
function check(state: ServerState, request: ClientRequest, reader: Reader): Reply {
  const { path, version } = readRecord(CheckVersionRequest, reader)
  if (!isValidPath(path)) return refuse(ZkErrorCode.BAD_ARGUMENTS)
  const node = findReadable(state, request, path)
  if (typeof node === 'number') return refuse(node)
  const isMet = version === -1 || version === node.stat.version
  return refuse(isMet ? ZkErrorCode.OK : ZkErrorCode.BAD_VERSION)
}

function whoAmI(_state: ServerState, request: ClientRequest): Reply {
  const clientInfo = request.identities.map(identity => ({
    authScheme: identity.scheme ?? '',
    user: userOf(identity),
  }))
  return answer(WhoAmIResponse, { clientInfo })
}

/** The node, or the error that says why it cannot be read. */
function findReadable(
  state: ServerState,
  request: ClientRequest,
  path: string,
): Znode | ZkErrorCode {
  const node = state.tree.get(path)
  if (node === undefined) return ZkErrorCode.NO_NODE
  return mayRead(state, request, node) ? node : ZkErrorCode.NO_AUTH
}

function mayRead(state: ServerState, request: ClientRequest, node: Znode): boolean {
  return isAllowed(state.tree.aclsOf(node), Permission.READ, request.identities)
}
