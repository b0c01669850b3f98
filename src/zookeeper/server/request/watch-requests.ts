/**
 * Requests about watches alone: setting again those of an earlier connection, lasting watches, and
 * taking watches away. `notifications` holds what a reply must come after.
 */
import { ProtocolError, type Reader } from '../../../bytes/index.ts'
import {
  AddWatchMode,
  AddWatchRequest,
  ErrorResponse,
  EventType,
  OpCode,
  Permission,
  readRecord,
  SetWatches,
  SetWatches2,
  WatcherType,
  WatcherTypeRequest,
  ZkErrorCode,
} from '../../wire/index.ts'
import { WatchMode, type WatchTable } from '../tree/watches.ts'
import type { Znode } from '../tree/znode.ts'
import { isAllowed } from './access.ts'
import type { ClientRequest } from './read.ts'
import { answer, refuse, type Reply } from './reply.ts'
import type { Client, ServerState } from './state.ts'

/** Sets the watches again, and tells at once of what has changed since the client looked last. */
export function setWatches(state: ServerState, request: ClientRequest, reader: Reader): Reply {
  const wanted =
    request.type === OpCode.setWatches
      ? {
          ...readRecord(SetWatches, reader),
          persistentWatches: [],
          persistentRecursiveWatches: [],
        }
      : readRecord(SetWatches2, reader)
  const { client } = request
  const missed: { type: EventType; path: string }[] = []
  const missedAt = (path: string, node: Znode | undefined, type: EventType): void => {
    if (node === undefined || mayRead(state, client, node)) missed.push({ type, path })
  }
  for (const path of wanted.dataWatches) {
    const node = state.tree.get(path)
    if (node === undefined) missedAt(path, node, EventType.NODE_DELETED)
    else if (node.stat.mzxid > wanted.relativeZxid) {
      missedAt(path, node, EventType.NODE_DATA_CHANGED)
    } else state.dataWatches.add(path, client, WatchMode.STANDARD)
  }
  for (const path of wanted.existWatches) {
    const node = state.tree.get(path)
    if (node !== undefined) missedAt(path, node, EventType.NODE_CREATED)
    else state.dataWatches.add(path, client, WatchMode.STANDARD)
  }
  for (const path of wanted.childWatches) {
    const node = state.tree.get(path)
    if (node === undefined) missedAt(path, node, EventType.NODE_DELETED)
    else if (node.stat.pzxid > wanted.relativeZxid) {
      missedAt(path, node, EventType.NODE_CHILDREN_CHANGED)
    } else state.childWatches.add(path, client, WatchMode.STANDARD)
  }
  for (const path of wanted.persistentWatches) addPersistent(state, path, client)
  for (const path of wanted.persistentRecursiveWatches) addRecursive(state, path, client)
  return { error: ZkErrorCode.OK, events: missed }
}

export function addWatch(state: ServerState, request: ClientRequest, reader: Reader): Reply {
  const { path, mode } = readRecord(AddWatchRequest, reader)
  if (mode === AddWatchMode.PERSISTENT) addPersistent(state, path, request.client)
  else if (mode === AddWatchMode.PERSISTENT_RECURSIVE) addRecursive(state, path, request.client)
  else throw new ProtocolError(`mode of addWatch must be 0 or 1, got ${mode}`)
  return answer(ErrorResponse, { err: ZkErrorCode.OK })
}

/** NO_WATCHER unless this connection has such a watch. */
export function checkWatches(state: ServerState, request: ClientRequest, reader: Reader): Reply {
  const { path, type } = readRecord(WatcherTypeRequest, reader)
  const isThere = places(state, type).some(({ table, mode }) =>
    table.has(path, request.client, mode),
  )
  return refuse(isThere ? ZkErrorCode.OK : ZkErrorCode.NO_WATCHER)
}

export function removeWatches(state: ServerState, request: ClientRequest, reader: Reader): Reply {
  const { path, type } = readRecord(WatcherTypeRequest, reader)
  const removed = places(state, type).filter(({ table, mode }) =>
    table.remove(path, request.client, mode),
  )
  return refuse(removed.length > 0 ? ZkErrorCode.OK : ZkErrorCode.NO_WATCHER)
}

/** Where watches of a type are kept. */
function places(
  state: ServerState,
  type: number,
): { table: WatchTable<Client>; mode?: WatchMode }[] {
  const { dataWatches, childWatches } = state
  switch (type) {
    case WatcherType.CHILDREN:
      return [{ table: childWatches, mode: WatchMode.STANDARD }]
    case WatcherType.DATA:
      return [{ table: dataWatches, mode: WatchMode.STANDARD }]
    case WatcherType.PERSISTENT:
      return [dataWatches, childWatches].map(table => ({ table, mode: WatchMode.PERSISTENT }))
    case WatcherType.PERSISTENT_RECURSIVE:
      return [{ table: dataWatches, mode: WatchMode.PERSISTENT_RECURSIVE }]
    case WatcherType.ANY:
      return [{ table: dataWatches }, { table: childWatches }]
    default:
      throw new ProtocolError(`type of a watch must be from 1 to 5, got ${type}`)
  }
}

function addPersistent(state: ServerState, path: string, client: Client): void {
  state.childWatches.add(path, client, WatchMode.PERSISTENT)
  state.dataWatches.add(path, client, WatchMode.PERSISTENT)
}

/** Never told of children as such, because it sees each of them come and go. */
function addRecursive(state: ServerState, path: string, client: Client): void {
  state.dataWatches.add(path, client, WatchMode.PERSISTENT_RECURSIVE)
}

function mayRead(state: ServerState, client: Client, node: Znode): boolean {
  return isAllowed(state.tree.aclsOf(node), Permission.READ, client.identities)
}
