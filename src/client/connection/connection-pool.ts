/**
 * The connections of one client, at most one for each broker and purpose, opened when first needed,
 * closed when idle. A broker that failed is left alone for a pause that grows (reconnect.backoff.ms).
 */
import { NetworkError, sleep, type Host, type Log, type Timer } from '../../host/index.ts'
import { BufferPool } from '../../bytes/index.ts'
import { backoffMs, type BackoffRange } from './backoff.ts'
import { BrokerConnection } from './broker-connection.ts'
import type { BrokerNode } from './cluster-view.ts'

/**
 * What a connection is for. Brokers answer a connection in order: a fetch that waits, or a join, must
 * not hold up heartbeats, so the group's coordinator has a connection of its own, as in Java.
 */
export type Purpose = 'data' | 'coordinator'

export interface PoolOptions {
  readonly host: Host
  readonly log: Log
  readonly clientId: string
  readonly requestTimeoutMs: number
  readonly reconnectBackoff: BackoffRange
  /** `socket.connection.setup.timeout.ms` and its maximum (KIP-601). */
  readonly connectTimeout: BackoffRange
  /** Silence after which a connection is closed; a negative span never passes. */
  readonly maxIdleMs: number
  readonly maxResponseBytes: number
  readonly namesLostBootstrap: boolean
}

interface Slot {
  connection: BrokerConnection | undefined
  opening: Promise<BrokerConnection> | undefined
  /** One after another. */
  failures: number
  /** Of the monotonic clock. */
  notBeforeMs: number
  idleTimer: Timer | undefined
}

export class ConnectionPool {
  readonly #options: PoolOptions
  readonly #buffers = new BufferPool(8 * 1024 * 1024)
  readonly #slots = new Map<string, Slot>()
  readonly #closing = new AbortController()
  #correlationId = 0

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** An open connection, or a new one: waits out the pause after a failure. @throws NetworkError */
  async get(node: BrokerNode, purpose: Purpose = 'data'): Promise<BrokerConnection> {
    const slot = this.#slotOf(node, purpose)
    if (slot.connection?.isOpen === true) return slot.connection
    slot.opening ??= this.#open(node, slot).finally(() => (slot.opening = undefined))
    return slot.opening
  }

  /** The open connection of the node with the fewest requests under way. */
  leastLoaded(nodes: Iterable<BrokerNode>): BrokerConnection | undefined {
    let best: BrokerConnection | undefined
    for (const node of nodes) {
      const connection = this.#slots.get(keyOf(node, 'data'))?.connection
      if (connection?.isOpen !== true) continue
      if (best === undefined || connection.inFlightCount < best.inFlightCount) best = connection
    }
    return best
  }

  /** Whether the node failed and its pause has not passed yet. */
  isPaused(node: BrokerNode): boolean {
    const slot = this.#slots.get(keyOf(node, 'data'))
    return slot !== undefined && slot.notBeforeMs > this.#options.host.clock.monotonicMs()
  }

  close(): void {
    this.#closing.abort(new NetworkError('client is closed', { code: 'CLOSED', retriable: false }))
    for (const slot of this.#slots.values()) {
      slot.idleTimer?.cancel()
      slot.connection?.close()
    }
    this.#slots.clear()
  }

  /** A broker that moved to another address is another slot. */
  #slotOf(node: BrokerNode, purpose: Purpose): Slot {
    const key = keyOf(node, purpose)
    let slot = this.#slots.get(key)
    if (slot === undefined) {
      slot = {
        connection: undefined,
        opening: undefined,
        failures: 0,
        notBeforeMs: 0,
        idleTimer: undefined,
      }
      this.#slots.set(key, slot)
    }
    return slot
  }

  async #open(node: BrokerNode, slot: Slot): Promise<BrokerConnection> {
    const { host } = this.#options
    const { signal } = this.#closing
    signal.throwIfAborted()
    const pauseMs = slot.notBeforeMs - host.clock.monotonicMs()
    if (pauseMs > 0) await sleep(host.clock, pauseMs, signal)
    try {
      const connection = await this.#connect(node, slot.failures, signal)
      signal.throwIfAborted()
      slot.connection = connection
      slot.failures = 0
      connection.whenClosed(() => this.#closed(node, slot, connection))
      this.#watchIdle(slot, connection)
      return connection
    } catch (error) {
      this.#countFailure(slot)
      if (!signal.aborted) this.#warn(node, error)
      throw error
    }
  }

  async #connect(
    node: BrokerNode,
    failures: number,
    signal: AbortSignal,
  ): Promise<BrokerConnection> {
    const { host, connectTimeout } = this.#options
    const timeoutMs = Math.min(
      connectTimeout.firstMs * 2 ** Math.min(failures, 30),
      Math.max(connectTimeout.firstMs, connectTimeout.lastMs),
    )
    const options = { host: node.host, port: node.port, timeoutMs, signal }
    return BrokerConnection.open(await host.network.connect(options), {
      clock: host.clock,
      pool: this.#buffers,
      clientId: this.#options.clientId,
      requestTimeoutMs: this.#options.requestTimeoutMs,
      maxResponseBytes: this.#options.maxResponseBytes,
      nextCorrelationId: () => this.#nextCorrelationId(),
    })
  }

  #nextCorrelationId(): number {
    const correlationId = this.#correlationId
    this.#correlationId = (correlationId + 1) % 0x8000_0000
    return correlationId
  }

  #countFailure(slot: Slot): void {
    const { host, reconnectBackoff } = this.#options
    slot.failures += 1
    slot.notBeforeMs =
      host.clock.monotonicMs() + backoffMs(slot.failures, reconnectBackoff, host.random)
  }

  #closed(node: BrokerNode, slot: Slot, connection: BrokerConnection): void {
    if (slot.connection !== connection) return
    slot.connection = undefined
    slot.idleTimer?.cancel()
    if (this.#closing.signal.aborted) return
    this.#countFailure(slot)
    this.#options.log.info(`Node ${node.id} disconnected.`)
  }

  #watchIdle(slot: Slot, connection: BrokerConnection): void {
    const { host, maxIdleMs } = this.#options
    if (maxIdleMs < 0) return
    const look = (delayMs: number): void => {
      slot.idleTimer = host.clock.after(delayMs, () => {
        const idleMs = host.clock.monotonicMs() - connection.lastUsedMs
        if (connection.inFlightCount > 0) look(maxIdleMs)
        else if (idleMs < maxIdleMs) look(maxIdleMs - idleMs)
        else this.#dropIdle(slot, connection)
      })
    }
    look(maxIdleMs)
  }

  #dropIdle(slot: Slot, connection: BrokerConnection): void {
    if (slot.connection === connection) slot.connection = undefined
    connection.close()
  }

  #warn(node: BrokerNode, error: unknown): void {
    const { log } = this.#options
    const where = `${node.id} (${addressText(node, error)})`
    log.warn(
      error instanceof NetworkError && error.code === 'DISCONNECTED'
        ? `Connection to node ${where} terminated during authentication or negotiation.`
        : `Connection to node ${where} could not be established. Node may not be available.`,
    )
    log.debug('connection failed', { error })
    if (node.id >= 0 || !this.#options.namesLostBootstrap) return
    log.warn(`Bootstrap broker ${node.host}:${node.port} (id: ${node.id} rack: null) disconnected`)
  }
}

function keyOf({ id, host, port }: BrokerNode, purpose: Purpose): string {
  return `${purpose} ${id} ${host}:${port}`
}

/** As Java prints a socket address: `localhost/127.0.0.1:9092`. */
function addressText({ host, port }: BrokerNode, error: unknown): string {
  if (/^[0-9.]+$|:/.test(host)) return `/${host}:${port}`
  const tried = host === 'localhost' ? '127.0.0.1' : addressIn(error)
  return `${host}/${tried}:${port}`
}

function addressIn(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as { address?: unknown } | undefined) : null
  return typeof cause?.address === 'string' ? cause.address : '<unresolved>'
}
