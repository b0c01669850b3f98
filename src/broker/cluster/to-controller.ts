/** Questions to whoever is the controller now, this broker included (Kafka's NodeToControllerChannelManager). */
import { NetworkError } from '../../host/index.ts'
import type { MessagePair } from '../../network/index.ts'
import type { Message, MessageInput, MessageOf } from '../../protocol/index.ts'
import type { MetadataCache } from '../metadata-cache.ts'
import type { Ask } from './controller-channel.ts'
import type { Peers } from './peers.ts'

export class ToController {
  readonly #brokerId: number
  readonly #metadata: MetadataCache
  readonly #peers: Peers
  readonly #askSelf: Ask

  constructor(options: { brokerId: number; metadata: MetadataCache; peers: Peers; askSelf: Ask }) {
    this.#brokerId = options.brokerId
    this.#metadata = options.metadata
    this.#peers = options.peers
    this.#askSelf = options.askSelf
  }

  /** -1: nobody is known to be. */
  get id(): number {
    return this.#metadata.image.controllerId
  }

  /** Resolves when another broker controls, or the time is up. */
  async whenOtherThan(brokerId: number, timeoutMs: number): Promise<void> {
    await this.#metadata.waitFor(image => image.controllerId !== brokerId, timeoutMs)
  }

  /** @throws NetworkError when there is no controller, or it cannot be reached */
  async ask<Q extends Message, S extends Message>(
    pair: MessagePair<Q, S>,
    version: number,
    body: MessageInput<Q>,
    timeoutMs?: number,
  ): Promise<MessageOf<S>> {
    const { controllerId } = this.#metadata.image
    if (controllerId === this.#brokerId) return this.#askSelf(pair, version, body)
    if (controllerId < 0) {
      throw new NetworkError('there is no controller now', { code: 'NO_CONTROLLER' })
    }
    return this.#peers.to(controllerId, 'to-controller').ask(pair, version, body, timeoutMs)
  }
}
