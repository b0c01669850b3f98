/**
 * What the controller has to tell one broker, in order: each order is sent until it is answered, as long
 * as the broker lives and the term lasts (Kafka's RequestSendThread). Orders state what is, so sending one
 * twice does no harm.
 */
import { NetworkError, sleep, type Clock, type Log as Logger } from '../../host/index.ts'
import type { MessagePair } from '../../network/index.ts'
import type { Message, MessageInput, MessageOf } from '../../protocol/index.ts'

const RETRY_MS = 100
/** A broker that hangs for so long has to hear everything anew. */
const MAX_ORDERS = 1_000

export interface Order<Q extends Message = Message, S extends Message = Message> {
  readonly pair: MessagePair<Q, S>
  readonly version: number
  readonly body: MessageInput<Q>
  readonly answered: (body: MessageOf<S>) => void
}

/** Sends one request. @throws NetworkError */
export type Ask = <Q extends Message, S extends Message>(
  pair: MessagePair<Q, S>,
  version: number,
  body: MessageInput<Q>,
) => Promise<MessageOf<S>>

export interface ControllerChannelOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** Controller, term and broker, for the log. */
  readonly name: string
  readonly ask: Ask
  /** The orders that waited are forgotten. */
  readonly onOverflow: () => void
}

export class ControllerChannel {
  readonly #options: ControllerChannelOptions
  #orders: Order[] = []
  #work: Promise<void> | undefined
  readonly #closed = new AbortController()

  constructor(options: ControllerChannelOptions) {
    this.#options = options
  }

  send<Q extends Message, S extends Message>(order: Order<Q, S>): void {
    if (this.#closed.signal.aborted) return
    if (this.#orders.length >= MAX_ORDERS) {
      this.#orders = []
      this.#options.onOverflow()
      return
    }
    this.#orders.push(order)
    this.#work ??= this.#sendAll().finally(() => {
      this.#work = undefined
    })
  }

  /** Resolves when what was to be told has been answered. */
  async whenIdle(): Promise<void> {
    await this.#work
  }

  close(): void {
    this.#orders = []
    this.#closed.abort(new NetworkError('the broker is gone or the term over', { code: 'CLOSED' }))
  }

  async #sendAll(): Promise<void> {
    for (;;) {
      const order = this.#orders.shift()
      if (order === undefined) return
      await this.#sendOne(order)
    }
  }

  async #sendOne({ pair, version, body, answered }: Order): Promise<void> {
    const { ask, clock, logger, name } = this.#options
    const { signal } = this.#closed
    const isOver = (): boolean => signal.aborted
    while (!isOver()) {
      try {
        const answer = await ask(pair, version, body)
        if (!isOver()) answered(answer)
        return
      } catch (error) {
        if (isOver()) return
        logger.warn(`${name} fails to send request ${pair.request.name}. Reconnecting to broker.`, {
          error,
        })
        await sleep(clock, RETRY_MS, signal).catch(() => undefined)
      }
    }
  }
}
