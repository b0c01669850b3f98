/** This broker's connections to the others: one a broker and purpose, on the inter-broker listener. */
import { BufferPool } from '../../bytes/index.ts'
import type { Clock, Network } from '../../host/index.ts'
import { endpointOf, type ClusterImage } from '../../metadata/index.ts'
import { Peer, type Address } from './peer.ts'

/** Fetchers do not wait for each other, nor the controller for anybody. */
export type Purpose = 'controller' | 'to-controller' | 'transactions' | `fetcher-${number}`

const MAX_ANSWER_BYTES = 100 * 1024 * 1024
const POOL_BYTES = 16 * 1024 * 1024

export interface PeersOptions {
  readonly brokerId: number
  readonly clock: Clock
  readonly network: Network
  /** Name of the inter-broker listener. */
  readonly listenerName: string
  readonly image: () => ClusterImage
  /** `replica.fetch.response.max.bytes`; one batch may be larger. */
  readonly maxFetchBytes: () => number
  /** `controller.socket.timeout.ms` for what goes to and from the controller, `replica.socket.timeout.ms` for fetchers, else `request.timeout.ms`. */
  readonly timeoutMs: (purpose: Purpose) => number
}

export class Peers {
  readonly #options: PeersOptions
  readonly #pool = new BufferPool(POOL_BYTES)
  readonly #peers = new Map<number, Map<Purpose, Peer>>()
  #isClosed = false

  constructor(options: PeersOptions) {
    this.#options = options
  }

  /** The connection for a purpose; where the broker is comes from the metadata. */
  to(brokerId: number, purpose: Purpose): Peer {
    const known = this.#peers.get(brokerId)?.get(purpose)
    if (known !== undefined) return known
    const peer = this.open(purpose, () => this.addressOf(brokerId))
    if (this.#isClosed) peer.close()
    const peers = this.#peers.get(brokerId) ?? new Map<Purpose, Peer>()
    this.#peers.set(brokerId, peers.set(purpose, peer))
    return peer
  }

  /** A connection that its user closes. */
  open(purpose: Purpose, address: () => Address | undefined): Peer {
    const { brokerId, clock, network, maxFetchBytes, timeoutMs } = this.#options
    return new Peer({
      ...{ clock, network, pool: this.#pool, address },
      clientId: clientIdOf(brokerId, purpose),
      timeoutMs: () => timeoutMs(purpose),
      maxResponseBytes: Math.max(MAX_ANSWER_BYTES, 2 * maxFetchBytes()),
    })
  }

  addressOf(brokerId: number): Address | undefined {
    const { image, listenerName } = this.#options
    const broker = image().brokers.get(brokerId)
    return broker === undefined ? undefined : endpointOf(broker, listenerName)
  }

  /** Gives up connections to brokers that are gone: a question to one may else wait for its timeout. */
  retain(isLive: (brokerId: number) => boolean): void {
    for (const [brokerId, peers] of this.#peers) {
      if (isLive(brokerId)) continue
      for (const peer of peers.values()) peer.close()
      this.#peers.delete(brokerId)
    }
  }

  close(): void {
    this.#isClosed = true
    this.retain(() => false)
  }
}

/** Fetchers are known by the name that genuine ones have. */
function clientIdOf(brokerId: number, purpose: Purpose): string {
  return purpose.startsWith('fetcher-') ? `broker-${brokerId}-${purpose}` : String(brokerId)
}
