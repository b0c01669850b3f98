/**
 * A broker's connection to ZooKeeper. A session can be lost and with it the client: then a new one is
 * opened, and whoever needs the session's ephemeral nodes is told. Requests whose answer was lost
 * are sent again on the next connection, as Kafka does.
 */
import { NetworkError, type Host } from '../host/index.ts'
import {
  ConnectionLossError,
  CreateMode,
  NodeExistsError,
  NoNodeError,
  ZooKeeperClient,
  type ClientState,
  type Operation,
  type Stat,
  type Watcher,
} from '../zookeeper/index.ts'

export interface ConnectionOptions {
  /** `zookeeper.connect`, chroot included. */
  readonly servers: string
  readonly sessionTimeoutMs: number
  /** How long the first connection may take. */
  readonly connectTimeoutMs: number
}

export interface NodeContent {
  readonly data: Buffer
  readonly stat: Stat
}

export class ZooKeeperConnection {
  readonly #host: Host
  readonly #options: ConnectionOptions
  #client: ZooKeeperClient
  #isClosed = false
  readonly #giveUp = new AbortController()
  #onNewSession: () => void = () => undefined

  private constructor(host: Host, options: ConnectionOptions) {
    this.#host = host
    this.#options = options
    this.#client = this.#open()
  }

  /** @throws NetworkError when no server of the list answers in time */
  static async open(host: Host, options: ConnectionOptions): Promise<ZooKeeperConnection> {
    const connection = new ZooKeeperConnection(host, options)
    const abort = new AbortController()
    const timer = host.clock.after(options.connectTimeoutMs, () => abort.abort(noServer(options)), {
      holdsProcess: true,
    })
    try {
      await connection.#client.whenConnected(abort.signal)
    } catch (error) {
      await connection.close()
      throw error
    } finally {
      timer.cancel()
    }
    await connection.#makeChroot()
    return connection
  }

  #open(): ZooKeeperClient {
    const { servers, sessionTimeoutMs } = this.#options
    const client = new ZooKeeperClient(this.#host, { servers, sessionTimeoutMs })
    client.onState(state => this.#onState(client, state))
    return client
  }

  #onState(client: ZooKeeperClient, state: ClientState): void {
    if (state !== 'expired' || this.#isClosed || client !== this.#client) return
    this.#host.log
      .named('kafka.zookeeper.ZooKeeperClient')
      .info('Session expired, a new one is opened')
    this.#client = this.#open()
    this.#onNewSession()
  }

  /** Calls `action` after a session was lost and replaced; at once if `sessionId` is lost already. */
  whenNewSession(action: () => void, sessionId: bigint): void {
    this.#onNewSession = action
    if (this.#client.sessionId !== sessionId) action()
  }

  /**
   * From now on a request whose connection is lost fails with NetworkError instead of waiting for the
   * next: a broker that stops does not wait for a ZooKeeper that is gone.
   */
  giveUpWhenLost(): void {
    const reason = 'no connection to ZooKeeper, and none is waited for any more'
    this.#giveUp.abort(new NetworkError(reason, { code: 'ECANCELED' }))
  }

  get sessionId(): bigint {
    return this.#client.sessionId
  }

  /** A chroot comes into being with the first broker. */
  async #makeChroot(): Promise<void> {
    const { servers } = this.#options
    const slash = servers.indexOf('/')
    if (slash < 0) return
    const client = new ZooKeeperClient(this.#host, {
      ...this.#options,
      servers: servers.slice(0, slash),
    })
    try {
      await client.whenConnected()
      const parts = servers
        .slice(slash + 1)
        .split('/')
        .filter(part => part !== '')
      for (let depth = 1; depth <= parts.length; depth += 1) {
        await client.create(`/${parts.slice(0, depth).join('/')}`, null).catch((error: unknown) => {
          if (!(error instanceof NodeExistsError)) throw error
        })
      }
    } finally {
      await client.close()
    }
  }

  async #retrying<T>(action: (client: ZooKeeperClient) => Promise<T>): Promise<T> {
    for (;;) {
      const client = this.#client
      try {
        return await action(client)
      } catch (error) {
        if (!(error instanceof ConnectionLossError) || this.#isClosed) throw error
        await client.whenConnected(this.#giveUp.signal)
      }
    }
  }

  /** @returns the new node's state, or `undefined` when there is one already */
  create(
    path: string,
    data: Buffer | null,
    mode: CreateMode = CreateMode.PERSISTENT,
  ): Promise<Stat | undefined> {
    return this.#retrying(async client => {
      try {
        return (await client.createWithStat(path, data, { mode })).stat
      } catch (error) {
        if (error instanceof NodeExistsError) return undefined
        throw error
      }
    })
  }

  /** `undefined` when there is no such node; then `onChange` is told when one comes. */
  read(path: string, onChange?: Watcher): Promise<NodeContent | undefined> {
    const options = { watcher: onChange }
    return this.#retrying(async client => {
      for (;;) {
        try {
          const { data, stat } = await client.getData(path, options)
          return { data: data ?? Buffer.alloc(0), stat }
        } catch (error) {
          if (!(error instanceof NoNodeError)) throw error
          if (onChange === undefined || (await client.exists(path, options)) === null)
            return undefined
        }
      }
    })
  }

  async exists(path: string): Promise<boolean> {
    return (await this.#retrying(client => client.exists(path))) !== null
  }

  /** @throws NoNodeError */
  children(path: string, onChange?: Watcher): Promise<readonly string[]> {
    return this.#retrying(
      async client => (await client.getChildren(path, { watcher: onChange })).children,
    )
  }

  /** `version` -1: whatever it is. @throws NoNodeError, BadVersionError */
  write(path: string, data: Buffer | null, version: number): Promise<Stat> {
    return this.#retrying(client => client.setData(path, data, version))
  }

  /** A node that is gone is fine. @throws BadVersionError, NotEmptyError */
  remove(path: string, version: number): Promise<void> {
    return this.#retrying(async client => {
      try {
        await client.delete(path, version)
      } catch (error) {
        if (!(error instanceof NoNodeError)) throw error
      }
    })
  }

  /** @throws MultiError */
  async multi(operations: readonly Operation[]): Promise<void> {
    await this.#retrying(client => client.multi(operations))
  }

  /** Ends the session; its ephemeral nodes go at once. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#client.close()
  }
}

function noServer({ servers, connectTimeoutMs }: ConnectionOptions): NetworkError {
  return new NetworkError(
    `no ZooKeeper of ${servers} answered within ${connectTimeoutMs} ms: is it running, and is zookeeper.connect right?`,
    { code: 'ETIMEDOUT' },
  )
}
