/**
 * A stand-alone ZooKeeper: everything is constructed here. Listens for clients, keeps their
 * sessions, and runs their requests through the pipeline.
 */
import { ConfigError } from '../../config/index.ts'
import {
  StorageError,
  type Connection,
  type FileLock,
  type Host,
  type Listener,
  type Log,
  type Timer,
} from '../../host/index.ts'
import { BufferPool } from '../../bytes/index.ts'
import {
  completeConfig,
  type ZooKeeperServerConfig,
  type ZooKeeperServerOptions,
} from './config.ts'
import { hexOf } from './disk/file-names.ts'
import { makeFolder, Storage } from './disk/storage.ts'
import {
  ClientConnection,
  replyXid,
  type ConnectionOwner,
  type Handshake,
  type IncomingRequest,
} from './front/client-connection.ts'
import { answerWord } from './front/four-letter-words.ts'
import { Traffic } from './front/statistics.ts'
import { Pipeline, type PipelineEvents } from './pipeline.ts'
import { cleanUpCandidates } from './request/clean-up.ts'
import type { Notification } from './request/notify.ts'
import { nameOfOperation } from './request/operation-names.ts'
import { PendingChanges } from './request/pending.ts'
import type { ClientRequest } from './request/read.ts'
import type { Reply } from './request/reply.ts'
import { serverState, type Client, type ServerState } from './request/state.ts'
import { isPasswordOf } from './session/password.ts'
import { Sessions } from './session/sessions.ts'

/** A running server. */
export interface ZooKeeperServer {
  readonly host: string
  /** The one asked for, or the one the system chose for 0. */
  readonly port: number
  /** Resolves with the error when the disk fails: then the server has stopped itself. */
  readonly failed: Promise<Error>
  /** Answers what is under way, then stops. Sessions live on, on disk. */
  close(): Promise<void>
}

/** The first byte of session ids, for a server without a number of its own. */
const STANDALONE_ID = 1
const CLEAN_UP_PERIOD_MS = 60_000
const HOUR_MS = 3_600_000
/** Of one connection: they cost memory that no request is charged for. */
const MAX_WATCHES = 1_000_000
/** When the timer comes so late, the loop was held up: what clients sent meanwhile is looked at first. */
const LATE_MS = 200

/**
 * Starts a server on what its folders hold.
 *
 * @throws ConfigError when another server uses the folders
 * @throws StorageError when they cannot be used, or what is in them cannot be trusted
 * @throws NetworkError when the port cannot be had
 */
export async function startZooKeeperServer(
  host: Host,
  options: ZooKeeperServerOptions,
): Promise<ZooKeeperServer> {
  const config = completeConfig(options)
  logStart(host, config)
  // The port comes first: of several reasons not to start it is the one that a person can see.
  let accept: (connection: Connection) => void = turnAway
  const listener = await listen(host, config, connection => accept(connection))
  try {
    const server = new StandaloneServer(host, config, listener)
    accept = connection => server.accept(connection)
    server.start()
    return server
  } catch (error) {
    await listener.close()
    throw error
  }
}

/** The lines that people look for, in the order in which ZooKeeper writes them. */
function logStart(host: Host, config: ZooKeeperServerConfig): void {
  const { autopurgeSnapRetainCount, autopurgePurgeIntervalHours } = config
  const named = (name: string): Log => host.log.named(`org.apache.zookeeper.server.${name}`)
  const purge = named('DatadirCleanupManager')
  purge.info(`autopurge.snapRetainCount set to ${autopurgeSnapRetainCount}`)
  purge.info(`autopurge.purgeInterval set to ${autopurgePurgeIntervalHours}`)
  if (autopurgePurgeIntervalHours <= 0) purge.info('Purge task is not scheduled.')
  named('quorum.QuorumPeerMain').warn(
    'Either no config or no quorum defined in config, running in standalone mode',
  )
  named('ZooKeeperServerMain').info('Starting server')
}

async function listen(
  host: Host,
  config: ZooKeeperServerConfig,
  onConnection: (connection: Connection) => void,
): Promise<Listener> {
  const { clientPort, clientPortAddress, clientPortListenBacklog } = config
  return host.network.listen({
    host: clientPortAddress,
    port: clientPort,
    backlog: clientPortListenBacklog === -1 ? undefined : clientPortListenBacklog,
    onConnection,
    onAcceptError: error =>
      acceptLog(host).warn(`Error accepting new connection: ${error.message}`),
  })
}

function turnAway(connection: Connection): void {
  connection.start({ onBytes: () => undefined, onClose: () => undefined })
  connection.destroy()
}

class StandaloneServer implements ZooKeeperServer, ConnectionOwner, PipelineEvents {
  readonly failed: Promise<Error>
  readonly #host: Host
  readonly #config: ZooKeeperServerConfig
  readonly #log: Log
  readonly #listener: Listener
  readonly #storage: Storage
  readonly #lock: FileLock
  readonly #state: ServerState
  readonly #pipeline: Pipeline
  readonly #pool = new BufferPool()
  readonly #traffic = new Traffic()
  readonly #connections = new Set<ClientConnection>()
  readonly #bySession = new Map<bigint, ClientConnection>()
  readonly #countByHost = new Map<string, number>()
  readonly #startedMs: number
  #timers: Timer[] = []
  #expiryTimer: Timer | undefined
  #reportFailure: (error: Error) => void = () => undefined
  #isClosing = false

  constructor(host: Host, config: ZooKeeperServerConfig, listener: Listener) {
    this.#host = host
    this.#listener = listener
    this.#config = config
    this.#log = host.log.named('org.apache.zookeeper.server.ZooKeeperServer')
    this.#startedMs = host.clock.monotonicMs()
    this.failed = new Promise(resolve => {
      this.#reportFailure = resolve
    })
    makeFolder(host.files, config.dataDir)
    this.#lock = takeLock(host, config.dataDir)
    try {
      this.#storage = new Storage(host, config)
      this.#state = this.#recover()
    } catch (error) {
      this.#lock.release()
      throw error
    }
    this.#pipeline = new Pipeline({
      state: this.#state,
      storage: this.#storage,
      clock: host.clock,
      events: this,
    })
  }

  get host(): string {
    return this.#listener.host
  }

  get port(): number {
    return this.#listener.port
  }

  start(): void {
    const host = this.host === '::' ? '0.0.0.0/0.0.0.0' : this.host
    acceptLog(this.#host).info(`binding to port ${host}:${this.port}`)
    this.#armExpiry()
    const { clock } = this.#host
    this.#timers.push(clock.every(CLEAN_UP_PERIOD_MS, () => this.#cleanUp()))
    this.#startPurging()
  }

  async close(): Promise<void> {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#log.info('shutting down')
    this.#expiryTimer?.cancel()
    for (const timer of this.#timers) timer.cancel()
    await this.#listener.close()
    await this.#pipeline.drained()
    for (const connection of [...this.#connections]) connection.close()
    await this.#storage.close()
    this.#lock.release()
  }

  onHandshake(connection: ClientConnection, handshake: Handshake): void {
    const { sessionId, lastZxidSeen } = handshake
    const { tree, sessions } = this.#state
    if (lastZxidSeen > tree.lastZxid) {
      this.#log.info(
        `Refusing session request for client ${connection.remoteAddress} as it has seen zxid 0x${hexOf(lastZxidSeen)} our last zxid is 0x${hexOf(tree.lastZxid)} client must try another server`,
      )
      connection.close()
      return
    }
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.#config
    const timeoutMs = Math.min(
      Math.max(handshake.timeOut, minSessionTimeoutMs),
      maxSessionTimeoutMs,
    )
    connection.sessionTimeoutMs = timeoutMs
    if (sessionId !== 0n) {
      this.#reopen(connection, handshake)
      return
    }
    connection.sessionId = sessions.create(timeoutMs, this.#host.clock.monotonicMs()).id
    this.#bySession.set(connection.sessionId, connection)
    this.#pipeline.openSession(connection, timeoutMs)
  }

  onRequest(connection: ClientConnection, incoming: IncomingRequest): void {
    const nowMs = this.#host.clock.monotonicMs()
    const { sessionId, sessionTimeoutMs } = connection
    if (this.#isClosing || !this.#state.sessions.touch(sessionId, sessionTimeoutMs, nowMs)) {
      // The session is over, and its connection about to be closed: nobody waits for an answer.
      connection.outstandingCount -= 1
      return
    }
    this.#pipeline.submit({ client: connection, sessionId, receivedMs: nowMs, ...incoming })
  }

  onWord(connection: ClientConnection, word: string): string {
    acceptLog(this.#host).info(`Processing ${word} command from ${connection.remoteAddress}`)
    const { clock } = this.#host
    return answerWord(word, {
      config: this.#config,
      state: this.#state,
      storage: this.#storage,
      traffic: this.#traffic,
      connections: this.#connections,
      outstandingCount: this.#pipeline.waitingCount,
      port: this.port,
      uptimeMs: clock.monotonicMs() - this.#startedMs,
      wallOffsetMs: clock.wallMs() - clock.monotonicMs(),
    })
  }

  onClosed(connection: ClientConnection): void {
    this.#connections.delete(connection)
    if (this.#bySession.get(connection.sessionId) === connection) {
      this.#bySession.delete(connection.sessionId)
    }
    const left = (this.#countByHost.get(connection.remoteHost) ?? 1) - 1
    if (left <= 0) this.#countByHost.delete(connection.remoteHost)
    else this.#countByHost.set(connection.remoteHost, left)
    this.#state.dataWatches.removeWatcher(connection)
    this.#state.childWatches.removeWatcher(connection)
  }

  mayAsk(connection: ClientConnection): boolean {
    const isFull = this.#pipeline.waitingCount > this.#config.globalOutstandingLimit
    return !isFull || connection.outstandingCount === 0
  }

  onNotification({ client, type, path }: Notification): void {
    if (client instanceof ClientConnection) client.notify(type, path)
  }

  onReply(request: ClientRequest, reply: Reply): void {
    const connection = request.client
    if (!(connection instanceof ClientConnection)) return
    const nowMs = this.#host.clock.monotonicMs()
    const zxid = this.#state.tree.lastZxid
    connection.noteReply(request, { nowMs, zxid, operation: nameOfOperation(request.type) })
    this.#traffic.latency.add(nowMs - request.receivedMs)
    connection.reply({ xid: replyXid(request), zxid }, reply)
    connection.resumeIfReady()
    this.#limitWatches(connection)
  }

  #limitWatches(connection: ClientConnection): void {
    const { dataWatches, childWatches } = this.#state
    const count = dataWatches.countOf(connection) + childWatches.countOf(connection)
    if (count <= MAX_WATCHES) return
    this.#log.warn(
      `Closing session 0x${hexOf(connection.sessionId)}: ${connection.remoteAddress} has set ${count} watches, ${MAX_WATCHES} are allowed`,
    )
    connection.close()
  }

  onSessionCreated(client: Client): void {
    if (client instanceof ClientConnection) client.finishHandshake(true)
  }

  onSessionClosed(sessionId: bigint): void {
    this.#bySession.get(sessionId)?.close()
  }

  onFailure(error: unknown): void {
    this.#log.error('Severe unrecoverable error, exiting', { error })
    for (const connection of [...this.#connections]) connection.close()
    this.#reportFailure(error instanceof Error ? error : new Error(String(error)))
    // Nothing waits for this: whoever needs to know was told.
    void this.close().catch(() => undefined)
  }

  #recover(): ServerState {
    const config = this.#config
    const { clock } = this.#host
    const nowMs = clock.monotonicMs()
    const { tree, sessions: timeouts, snapshotZxid } = this.#storage.recover()
    const sessions = new Sessions(
      { tickTimeMs: config.tickTimeMs, serverId: STANDALONE_ID },
      { monotonicMs: nowMs, wallMs: clock.wallMs() },
    )
    for (const [id, timeoutMs] of timeouts) sessions.restore(id, timeoutMs, nowMs)
    for (const [owner] of [...tree.ephemeralOwners()]) {
      if (!timeouts.has(owner)) tree.removeSession(owner, [])
    }
    // A log must always have a snapshot before it, or ZooKeeper will not start from it.
    if (snapshotZxid !== tree.lastZxid) this.#storage.snapshotNow(tree, sessions)
    return serverState({ tree, sessions, pending: new PendingChanges(tree), options: config })
  }

  accept(connection: Connection): void {
    const { remoteHost } = connection
    const { maxClientCnxns, maxCnxns } = this.#config
    const fromHost = this.#countByHost.get(remoteHost) ?? 0
    const refusal =
      maxCnxns > 0 && this.#connections.size >= maxCnxns
        ? `Too many connections max allowed is ${maxCnxns}`
        : maxClientCnxns > 0 && fromHost >= maxClientCnxns
          ? `Too many connections from /${remoteHost} - max is ${maxClientCnxns}`
          : undefined
    if (refusal !== undefined || this.#isClosing) {
      if (refusal !== undefined) {
        acceptLog(this.#host).warn(`Error accepting new connection: ${refusal}`)
      }
      turnAway(connection)
      return
    }
    this.#countByHost.set(remoteHost, fromHost + 1)
    this.#connections.add(
      new ClientConnection({
        connection,
        owner: this,
        clock: this.#host.clock,
        log: this.#host.log,
        pool: this.#pool,
        juteMaxBufferBytes: this.#config.juteMaxBufferBytes,
        superDigest: this.#config.superDigest,
        serverTraffic: this.#traffic,
      }),
    )
  }

  /** Goes on with a session that the client had on another connection. */
  #reopen(connection: ClientConnection, handshake: Handshake): void {
    const { sessionId, passwd } = handshake
    connection.sessionId = sessionId
    if (!isPasswordOf(sessionId, passwd)) {
      this.#log.warn(
        `Incorrect password from ${connection.remoteAddress} for session 0x${hexOf(sessionId)}`,
      )
      connection.finishHandshake(false)
      return
    }
    const nowMs = this.#host.clock.monotonicMs()
    const isAlive = this.#state.sessions.touch(sessionId, connection.sessionTimeoutMs, nowMs)
    if (isAlive) {
      this.#bySession.get(sessionId)?.close()
      this.#bySession.set(sessionId, connection)
    }
    connection.finishHandshake(isAlive)
  }

  #armExpiry(): void {
    if (this.#isClosing) return
    const { clock } = this.#host
    const dueMs = this.#state.sessions.nextDeadlineMs
    const delayMs = Math.max(dueMs - clock.monotonicMs(), 0)
    this.#expiryTimer = clock.after(delayMs, () => {
      if (clock.monotonicMs() - dueMs > LATE_MS) {
        this.#expiryTimer = clock.after(LATE_MS, () => this.#expire())
      } else {
        this.#expire()
      }
    })
  }

  #expire(): void {
    for (const { id, timeoutMs } of this.#state.sessions.takeExpired(
      this.#host.clock.monotonicMs(),
    )) {
      this.#log.info(`Expiring session 0x${hexOf(id)}, timeout of ${timeoutMs}ms exceeded`)
      this.#pipeline.expireSession(id)
    }
    this.#armExpiry()
  }

  #cleanUp(): void {
    for (const path of cleanUpCandidates(this.#state.tree, this.#host.clock.wallMs())) {
      this.#host.log
        .named('org.apache.zookeeper.server.ContainerManager')
        .info(`Attempting to delete candidate container: ${path}`)
      this.#pipeline.cleanUp(path)
    }
  }

  #startPurging(): void {
    const { autopurgeSnapRetainCount: retainCount, autopurgePurgeIntervalHours: hours } =
      this.#config
    if (hours <= 0) return
    const log = this.#host.log.named('org.apache.zookeeper.server.DatadirCleanupManager')
    const purge = (): void => {
      log.info('Purge task started.')
      try {
        this.#storage.purge(retainCount)
      } catch (error) {
        if (!(error instanceof StorageError)) throw error
        log.error('Error occurred while purging.', { error })
      }
      log.info('Purge task completed.')
    }
    this.#timers.push(this.#host.clock.after(0, purge))
    this.#timers.push(this.#host.clock.every(hours * HOUR_MS, purge))
  }
}

function acceptLog(host: Host): Log {
  return host.log.named('org.apache.zookeeper.server.NIOServerCnxnFactory')
}

function takeLock(host: Host, dataDir: string): FileLock {
  const lock = host.files.lock(`${dataDir}/.zookeeper.lock`)
  if (lock !== undefined) return lock
  throw new ConfigError(`another ZooKeeper server uses dataDir ${dataDir}`, {
    property: 'dataDir',
    value: dataDir,
    remedy: 'Stop that server, or give this one a directory of its own.',
  })
}
