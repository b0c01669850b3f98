/** What requests work on: the whole of a server's state, without I/O, clock or promises. */
import type { Identity } from '../../wire/index.ts'
import type { Sessions } from '../session/sessions.ts'
import type { DataTree } from '../tree/data-tree.ts'
import { WatchTable } from '../tree/watches.ts'
import type { PendingChanges } from './pending.ts'

/** One connected client, as far as requests are concerned. Compared by identity. */
export interface Client {
  /** 0 until it has a session. */
  sessionId: bigint
  /** What it has proven to be; replaced as a whole, so that a request may keep the list it came with. */
  identities: readonly Identity[]
  /** Gone: nothing reaches it any more, and it may set no watches. */
  readonly isClosed: boolean
}

export interface RequestOptions {
  /** Nodes with a time to live may be made (`zookeeper.extendedTypesEnabled`). */
  extendedTypesEnabled: boolean
  /** `reconfigEnabled`: a stand-alone server cannot do it, but then says so with another error. */
  reconfigEnabled: boolean
}

export interface ServerState {
  readonly tree: DataTree
  readonly sessions: Sessions
  readonly pending: PendingChanges
  readonly dataWatches: WatchTable<Client>
  readonly childWatches: WatchTable<Client>
  readonly options: RequestOptions
  /** The last zxid given out; ahead of the tree's while transactions are under way. */
  zxid: bigint
}

export function serverState(
  parts: Pick<ServerState, 'tree' | 'sessions' | 'pending' | 'options'>,
): ServerState {
  return {
    ...parts,
    dataWatches: new WatchTable<Client>(),
    childWatches: new WatchTable<Client>(),
    zxid: parts.tree.lastZxid,
  }
}

/** A request of a client with a session. `client` is null for what the server asks of itself. */
export interface Request {
  client: Client | null
  sessionId: bigint
  xid: number
  type: number
  /** The record behind the header; valid as long as the request is. */
  body: Buffer
  identities: readonly Identity[]
  /** When it came in, by the monotonic clock. */
  receivedMs: number
}
