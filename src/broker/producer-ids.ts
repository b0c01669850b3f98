/** Ids for idempotent producers (KIP-98): this broker takes blocks of 1,000 from ZooKeeper and hands them out one by one. */
import type { Log as Logger } from '../host/index.ts'
import type { Znodes } from '../znodes/index.ts'

export class ProducerIds {
  readonly #znodes: Znodes
  readonly #brokerId: number
  readonly #logger: Logger
  #next = 0
  #end = 0
  #refill: Promise<void> | undefined

  constructor(znodes: Znodes, brokerId: number, logger: Logger) {
    this.#znodes = znodes
    this.#brokerId = brokerId
    this.#logger = logger
  }

  /** An id that nobody else has had. @throws what ZooKeeper fails with */
  async next(): Promise<number> {
    while (this.#next >= this.#end) {
      this.#refill ??= this.#takeBlock()
      await this.#refill
    }
    return this.#next++
  }

  async #takeBlock(): Promise<void> {
    try {
      const block = await this.#znodes.takeProducerIdBlock(this.#brokerId)
      const { first, last, pathVersion } = block
      const blockText = `ProducerIdsBlock(assignedBrokerId=${this.#brokerId}, firstProducerId=${first}, size=${last - first + 1})`
      this.#logger.info(
        `[Controller id=${this.#brokerId}] Acquired new producerId block ${blockText} by writing to Zk with path version ${pathVersion}`,
      )
      this.#next = block.first
      this.#end = block.last + 1
    } finally {
      this.#refill = undefined
    }
  }
}
