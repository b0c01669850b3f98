/** The producer's id and epoch: asked for once, raised when the order of a partition broke (KIP-98, KIP-360). */
import { InitProducerIdRequest, InitProducerIdResponse } from '../../protocol/index.ts'
import { apiCall } from '../connection/api-call.ts'
import type { Cluster } from '../connection/cluster.ts'
import { ensureSuccess, isWorthRetrying, toKafkaError, type KafkaError } from '../errors.ts'
import type { ProducerIdentity } from './partition-queue.ts'

const initProducerIdCall = apiCall(InitProducerIdRequest, InitProducerIdResponse)

const LAST_EPOCH = 0x7fff
/** The id is asked for until there is one; batches expire meanwhile. */
const FOREVER_MS = 0x7fff_ffff
const NO_TRANSACTION_TIMEOUT_MS = 0x7fff_ffff

export class Identity {
  readonly #cluster: Cluster
  readonly #onChange: (error: KafkaError | undefined) => void
  #current: ProducerIdentity | undefined
  #asking = false

  /** @param onChange with the error when there will be no id */
  constructor(cluster: Cluster, onChange: (error: KafkaError | undefined) => void) {
    this.#cluster = cluster
    this.#onChange = onChange
  }

  /** `undefined` while it is asked for. */
  get current(): ProducerIdentity | undefined {
    if (this.#current === undefined) this.#ask()
    return this.#current
  }

  /** Numbering begins anew, under an epoch that the broker has not seen. */
  raiseEpoch(): void {
    if (this.#current === undefined) return
    const { producerId, producerEpoch } = this.#current
    this.#current =
      producerEpoch >= LAST_EPOCH ? undefined : { producerId, producerEpoch: producerEpoch + 1 }
  }

  #ask(): void {
    if (this.#asking) return
    this.#asking = true
    const options = { name: 'initProducerId', timeoutMs: FOREVER_MS }
    this.#cluster
      .retry(options, async () => {
        const answer = await this.#cluster.sendToAny(initProducerIdCall, () => ({
          transactionalId: null,
          transactionTimeoutMs: NO_TRANSACTION_TIMEOUT_MS,
        }))
        ensureSuccess(answer.errorCode)
        return answer
      })
      .then(({ producerId, producerEpoch }) => {
        this.#current = { producerId, producerEpoch }
        this.#onChange(undefined)
      })
      .catch((error: unknown) => {
        if (!this.#cluster.isClosed && !isWorthRetrying(error)) this.#onChange(toKafkaError(error))
      })
      .finally(() => (this.#asking = false))
  }
}
