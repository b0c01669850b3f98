/**
 * ZooKeeper's operations as promises. Requests are sent in the order of the calls and answered in
 * that order; a watcher hears of a change before any answer that shows it.
 */
import type { Reader, Writer } from '../../bytes/index.ts'
import {
  AddWatchMode,
  AddWatchRequest,
  Create2Response,
  CreateMode,
  CreateRequest,
  CreateTTLRequest,
  DeleteRequest,
  GetACLResponse,
  GetAllChildrenNumberResponse,
  GetChildren2Response,
  GetDataResponse,
  GetEphemeralsRequest,
  GetEphemeralsResponse,
  OpCode,
  PathRequest,
  PathResponse,
  readMultiResponse,
  readRecord,
  ReadRequest,
  SetACLRequest,
  SetDataRequest,
  StatResponse,
  WatcherType,
  WatcherTypeRequest,
  WhoAmIResponse,
  writeMultiRequest,
  writeRecord,
  ZkErrorCode,
  type Acl,
  type MultiOperation,
  type MultiResult,
  type Stat,
} from '../wire/index.ts'
import { errorOf, MultiError } from './errors.ts'
import type { ClientHost, ClientState, ZooKeeperClientOptions } from './options.ts'
import { Session } from './session.ts'
import type { WatchKind, Watcher } from './watchers.ts'

/** A node that everybody may do everything with. */
export const OPEN_ACL_UNSAFE: readonly Acl[] = [
  { perms: 31, id: { scheme: 'world', id: 'anyone' } },
]

export interface CreateOptions {
  /** Default: persistent. */
  mode?: CreateMode
  /** Default: open to everybody. */
  acl?: readonly Acl[]
  /** For the modes with a time to live. */
  ttlMs?: number
}

export interface WatchOptions {
  /** Told once of the next change. */
  watcher?: Watcher | undefined
}

/** One operation of a multi. `version` defaults to any. */
export type Operation =
  | ({ op: 'create'; path: string; data: Buffer | null } & Omit<CreateOptions, 'ttlMs'>)
  | { op: 'delete'; path: string; version?: number }
  | { op: 'setData'; path: string; data: Buffer | null; version?: number }
  | { op: 'check'; path: string; version: number }

const ANY_VERSION = -1

export class ZooKeeperClient {
  readonly #session: Session
  readonly #stateListeners = new Set<(state: ClientState) => void>()

  /** Begins at once to look for a server. @throws RangeError for a connect string that is none */
  constructor(host: ClientHost, options: ZooKeeperClientOptions) {
    this.#session = new Session(host, options, state => {
      for (const listener of [...this.#stateListeners]) listener(state)
    })
    this.#session.start()
  }

  get state(): ClientState {
    return this.#session.state
  }

  /** 0 before the first connection. */
  get sessionId(): bigint {
    return this.#session.sessionId
  }

  /** With the id it lets another client go on with the session. */
  get sessionPassword(): Buffer {
    return this.#session.password
  }

  /** As the server has it. */
  get sessionTimeoutMs(): number {
    return this.#session.timeoutMs
  }

  /** Calls `listener` at each change of state. @returns what ends that */
  onState(listener: (state: ClientState) => void): () => void {
    this.#stateListeners.add(listener)
    return () => this.#stateListeners.delete(listener)
  }

  /**
   * Resolves as soon as there is a connection.
   * @throws SessionExpiredError, AuthFailedError when there will be none any more
   * @throws the signal's reason when it aborts first
   */
  whenConnected(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (state: ClientState): void => {
        if (state === 'connecting' && signal?.aborted !== true) return
        stop()
        if (state === 'connected') resolve()
        else if (signal?.aborted === true) reject(asError(signal.reason))
        else reject(errorOf(codeOf(state)))
      }
      const onAbort = (): void => settle(this.state)
      const unlisten = this.onState(settle)
      const stop = (): void => {
        unlisten()
        signal?.removeEventListener('abort', onAbort)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      settle(this.state)
    })
  }

  /** @returns the path, which has ten more digits for a sequential node. @throws NodeExistsError, NoNodeError, ... */
  create(path: string, data: Buffer | null, options: CreateOptions = {}): Promise<string> {
    const { mode = CreateMode.PERSISTENT } = options
    if (mode === CreateMode.CONTAINER || mode >= CreateMode.PERSISTENT_WITH_TTL) {
      return this.createWithStat(path, data, options).then(created => created.path)
    }
    const body = this.#createBody(path, data, options)
    return this.#ask({
      type: OpCode.create,
      path,
      write: writer => writeRecord(CreateRequest, writer, body),
      read: reader => this.#shown(readRecord(PathResponse, reader).path),
    })
  }

  /** The same, and the new node's state with it. */
  createWithStat(
    path: string,
    data: Buffer | null,
    options: CreateOptions = {},
  ): Promise<{ path: string; stat: Stat }> {
    const { mode = CreateMode.PERSISTENT, ttlMs } = options
    const body = this.#createBody(path, data, options)
    const read = (reader: Reader): { path: string; stat: Stat } => {
      const created = readRecord(Create2Response, reader)
      return { path: this.#shown(created.path), stat: created.stat }
    }
    if (mode >= CreateMode.PERSISTENT_WITH_TTL) {
      const ttl = BigInt(ttlMs ?? 0)
      const write = (writer: Writer): void =>
        writeRecord(CreateTTLRequest, writer, { ...body, ttl })
      return this.#ask({ type: OpCode.createTTL, path, write, read })
    }
    const type = mode === CreateMode.CONTAINER ? OpCode.createContainer : OpCode.create2
    const write = (writer: Writer): void => writeRecord(CreateRequest, writer, body)
    return this.#ask({ type, path, write, read })
  }

  /** @throws NoNodeError, BadVersionError, NotEmptyError, ... */
  delete(path: string, version = ANY_VERSION): Promise<void> {
    return this.#ask({
      type: OpCode.delete,
      path,
      write: writer => writeRecord(DeleteRequest, writer, { path: this.#real(path), version }),
      read: () => undefined,
    })
  }

  /** Null when there is no such node; then the watcher waits for it to come. */
  exists(path: string, options: WatchOptions = {}): Promise<Stat | null> {
    return this.#ask<Stat | null>({
      type: OpCode.exists,
      path,
      write: writer => this.#writeRead(writer, path, options),
      read: reader => {
        this.#watch('data', path, options)
        return readRecord(StatResponse, reader).stat
      },
      onError: code => {
        if (code !== ZkErrorCode.NO_NODE) return undefined
        this.#watch('exist', path, options)
        return { value: null }
      },
    })
  }

  getData(path: string, options: WatchOptions = {}): Promise<{ data: Buffer | null; stat: Stat }> {
    return this.#ask({
      type: OpCode.getData,
      path,
      write: writer => this.#writeRead(writer, path, options),
      read: reader => {
        this.#watch('data', path, options)
        return readRecord(GetDataResponse, reader)
      },
    })
  }

  setData(path: string, data: Buffer | null, version = ANY_VERSION): Promise<Stat> {
    return this.#ask({
      type: OpCode.setData,
      path,
      write: writer =>
        writeRecord(SetDataRequest, writer, { path: this.#real(path), data, version }),
      read: reader => readRecord(StatResponse, reader).stat,
    })
  }

  /** Names of the children, in no particular order. */
  getChildren(
    path: string,
    options: WatchOptions = {},
  ): Promise<{ children: readonly string[]; stat: Stat }> {
    return this.#ask({
      type: OpCode.getChildren2,
      path,
      write: writer => this.#writeRead(writer, path, options),
      read: reader => {
        this.#watch('child', path, options)
        return readRecord(GetChildren2Response, reader)
      },
    })
  }

  getAcl(path: string): Promise<{ acl: readonly Acl[]; stat: Stat }> {
    return this.#ask({
      type: OpCode.getACL,
      path,
      write: writer => writeRecord(PathRequest, writer, { path: this.#real(path) }),
      read: reader => readRecord(GetACLResponse, reader),
    })
  }

  setAcl(path: string, acl: readonly Acl[], version = ANY_VERSION): Promise<Stat> {
    return this.#ask({
      type: OpCode.setACL,
      path,
      write: writer => writeRecord(SetACLRequest, writer, { path: this.#real(path), acl, version }),
      read: reader => readRecord(StatResponse, reader).stat,
    })
  }

  /** Lets the server catch up with the ensemble's leader before it answers what comes next. */
  sync(path: string): Promise<void> {
    return this.#ask({
      type: OpCode.sync,
      path,
      write: writer => writeRecord(PathRequest, writer, { path: this.#real(path) }),
      read: () => undefined,
    })
  }

  /**
   * Carries out all operations, or none.
   * @throws MultiError with the first operation that was refused
   */
  multi(operations: readonly Operation[]): Promise<readonly MultiResult[]> {
    const wanted = operations.map(operation => this.#multiOperation(operation))
    return this.#ask({
      type: OpCode.multi,
      path: undefined,
      write: writer => writeMultiRequest(writer, wanted),
      read: reader => {
        const results = readMultiResponse(reader).map(result => this.#shownResult(result))
        const error = multiError(operations, results)
        if (error !== undefined) throw error
        return results
      },
    })
  }

  /** Tells `watcher` of every change of the node and its children, or of everything at and below it, until it is removed. */
  addWatch(path: string, watcher: Watcher, mode: 'persistent' | 'recursive'): Promise<void> {
    const number =
      mode === 'persistent' ? AddWatchMode.PERSISTENT : AddWatchMode.PERSISTENT_RECURSIVE
    return this.#ask({
      type: OpCode.addWatch,
      path,
      write: writer =>
        writeRecord(AddWatchRequest, writer, { path: this.#real(path), mode: number }),
      read: () => {
        this.#session.watchers.add(mode, this.#real(path), watcher)
      },
    })
  }

  /** Takes all watches of `path` back. @throws ZooKeeperError with NO_WATCHER when there was none */
  removeWatches(path: string): Promise<void> {
    return this.#ask({
      type: OpCode.removeWatches,
      path,
      write: writer =>
        writeRecord(WatcherTypeRequest, writer, { path: this.#real(path), type: WatcherType.ANY }),
      read: () => {
        const all: readonly WatchKind[] = ['data', 'exist', 'child', 'persistent', 'recursive']
        this.#session.watchers.remove(this.#real(path), all)
      },
    })
  }

  /** Paths of this session's ephemeral nodes that begin with `prefix`. */
  getEphemerals(prefix = '/'): Promise<readonly string[]> {
    return this.#ask({
      type: OpCode.getEphemerals,
      path: prefix,
      write: writer =>
        writeRecord(GetEphemeralsRequest, writer, { prefixPath: this.#real(prefix) }),
      read: reader =>
        readRecord(GetEphemeralsResponse, reader).ephemerals.map(path => this.#shown(path)),
    })
  }

  /** Nodes below `path`. */
  getAllChildrenNumber(path: string): Promise<number> {
    return this.#ask({
      type: OpCode.getAllChildrenNumber,
      path,
      write: writer => writeRecord(PathRequest, writer, { path: this.#real(path) }),
      read: reader => readRecord(GetAllChildrenNumberResponse, reader).totalNumber,
    })
  }

  /** The identities that the server believes this client to have. */
  whoAmI(): Promise<readonly { authScheme: string; user: string }[]> {
    return this.#ask({
      type: OpCode.whoAmI,
      path: undefined,
      write: undefined,
      read: reader => readRecord(WhoAmIResponse, reader).clientInfo,
    })
  }

  /** Proves an identity, now and on later connections. A refusal ends the client with state `auth-failed`. */
  addAuth(scheme: string, auth: Buffer): void {
    this.#session.addAuth(scheme, auth)
  }

  /** Ends the session; its ephemeral nodes go with it. */
  close(): Promise<void> {
    return this.#session.close()
  }

  /** Sends one request and reads its answer. */
  #ask<T>(asked: {
    type: number
    path: string | undefined
    write: ((writer: Writer) => void) | undefined
    read: (reader: Reader) => T
    /** A value to give for an error code after all. */
    onError?: (code: number) => { value: T } | undefined
  }): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#session.request({
        type: asked.type,
        path: asked.path,
        writeBody: asked.write,
        reject,
        resolve: (reader, code) => {
          try {
            if (code === ZkErrorCode.OK) {
              resolve(asked.read(reader))
              return
            }
            const found = asked.onError?.(code)
            if (found === undefined) reject(errorOf(code, asked.path))
            else resolve(found.value)
          } catch (error) {
            reject(asError(error))
          }
        },
      })
    })
  }

  #createBody(path: string, data: Buffer | null, options: CreateOptions): CreateRequest {
    const { mode = CreateMode.PERSISTENT, acl = OPEN_ACL_UNSAFE } = options
    return { path: this.#real(path), data, acl, flags: mode }
  }

  #multiOperation(operation: Operation): MultiOperation {
    const path = this.#real(operation.path)
    switch (operation.op) {
      case 'create': {
        const { data, mode = CreateMode.PERSISTENT, acl = OPEN_ACL_UNSAFE } = operation
        return { type: OpCode.create, body: { path, data, acl, flags: mode } }
      }
      case 'delete':
        return { type: OpCode.delete, body: { path, version: operation.version ?? ANY_VERSION } }
      case 'setData': {
        const { data, version = ANY_VERSION } = operation
        return { type: OpCode.setData, body: { path, data, version } }
      }
      case 'check':
        return { type: OpCode.check, body: { path, version: operation.version } }
    }
  }

  #shownResult(result: MultiResult): MultiResult {
    return 'path' in result ? { ...result, path: this.#shown(result.path) } : result
  }

  #writeRead(writer: Writer, path: string, { watcher }: WatchOptions): void {
    writeRecord(ReadRequest, writer, { path: this.#real(path), watch: watcher !== undefined })
  }

  #watch(kind: WatchKind, path: string, { watcher }: WatchOptions): void {
    if (watcher !== undefined) this.#session.watchers.add(kind, this.#real(path), watcher)
  }

  #real(path: string): string {
    return this.#session.withChroot(path)
  }

  #shown(path: string | null): string {
    return this.#session.withoutChroot(path ?? '')
  }
}

function multiError(
  operations: readonly Operation[],
  results: readonly MultiResult[],
): MultiError | undefined {
  const index = results.findIndex(
    result => result.type === OpCode.error && result.err !== ZkErrorCode.OK,
  )
  const failed = results[index]
  if (failed?.type !== OpCode.error) return undefined
  return new MultiError({ code: failed.err, path: operations[index]?.path ?? '', index }, results)
}

function codeOf(state: ClientState): number {
  return state === 'auth-failed' ? ZkErrorCode.AUTH_FAILED : ZkErrorCode.SESSION_EXPIRED
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
