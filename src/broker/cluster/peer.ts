/**
 * One connection of this broker to another one, for one purpose: opened when first needed, and again
 * after it broke, with pauses that grow (Kafka's BrokerBlockingSender and NodeToControllerChannel).
 */
import type { BufferPool } from '../../bytes/index.ts'
import { NetworkError, sleep, type Clock, type Network } from '../../host/index.ts'
import { RequestConnection, type MessagePair } from '../../network/index.ts'
import type { Message, MessageInput, MessageOf } from '../../protocol/index.ts'

/** The pause before a broker that could not be reached is tried again, doubled up to the second. */
const FIRST_PAUSE_MS = 50
const LAST_PAUSE_MS = 1_000
/** Who asks waits for the answer; more at once than this is a fault of ours. */
const MAX_WAITING = 500

export interface Address {
  readonly host: string
  readonly port: number
}

export interface PeerOptions {
  readonly clock: Clock
  readonly network: Network
  readonly pool: BufferPool
  /** As the other broker's log names us. */
  readonly clientId: string
  /** Where the other broker is now; `undefined` while it is not alive. */
  readonly address: () => Address | undefined
  readonly timeoutMs: () => number
  readonly maxResponseBytes: number
}

export class Peer {
  readonly #options: PeerOptions
  #connection: RequestConnection | undefined
  #connectedTo: Address | undefined
  #opening: Promise<RequestConnection> | undefined
  #failures = 0
  #notBeforeMs = 0
  #waiting = 0
  #correlationId = 0
  #isClosed = false

  constructor(options: PeerOptions) {
    this.#options = options
  }

  /**
   * Asks once; what was not answered may have been done or not.
   *
   * @throws NetworkError when the broker cannot be reached, hangs up or is silent
   * @throws ProtocolError for an answer that cannot be read
   */
  async ask<Q extends Message, S extends Message>(
    pair: MessagePair<Q, S>,
    version: number,
    body: MessageInput<Q>,
    timeoutMs = this.#options.timeoutMs(),
  ): Promise<MessageOf<S>> {
    if (this.#waiting >= MAX_WAITING) {
      const message = `${MAX_WAITING} requests wait for one broker: no more at once`
      throw new NetworkError(message, { code: 'BUSY' })
    }
    this.#waiting += 1
    try {
      const connection = await this.#connected()
      return (await connection.exchange(pair, version, body, { timeoutMs })).body
    } finally {
      this.#waiting -= 1
    }
  }

  /** Fails what is not answered yet. */
  close(): void {
    this.#isClosed = true
    this.#connection?.close()
  }

  #connected(): Promise<RequestConnection> {
    const address = this.#options.address()
    if (this.#isClosed || address === undefined) {
      this.#connection?.close()
      const message = this.#isClosed ? 'closed by this broker' : 'the broker is not alive'
      return Promise.reject(new NetworkError(message, { code: 'NO_BROKER' }))
    }
    const { host, port } = this.#connectedTo ?? {}
    const hasMoved = host !== address.host || port !== address.port
    if (this.#connection?.isOpen === true) {
      if (!hasMoved) return Promise.resolve(this.#connection)
      this.#connection.close()
    }
    this.#opening ??= this.#open(address).finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #open(address: Address): Promise<RequestConnection> {
    const { clock, network, clientId, maxResponseBytes, pool, timeoutMs } = this.#options
    const pauseMs = this.#notBeforeMs - clock.monotonicMs()
    if (this.#failures > 0 && pauseMs > 0) await sleep(clock, pauseMs)
    try {
      const stream = await network.connect({ ...address, timeoutMs: timeoutMs() })
      const connection = new RequestConnection(stream, {
        ...{ clock, pool, clientId, maxResponseBytes },
        requestTimeoutMs: timeoutMs(),
        nextCorrelationId: () => this.#correlationId++,
      })
      if (this.#isClosed) connection.close()
      this.#failures = 0
      this.#connection = connection
      this.#connectedTo = address
      return connection
    } catch (error) {
      this.#failures += 1
      const nextMs = Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.#failures - 1, 10))
      this.#notBeforeMs = clock.monotonicMs() + nextMs
      throw error
    }
  }
}
