/** Ids for idempotent producers (KIP-98): this broker gets them in blocks of 1,000 and hands them out one by one. */
import { NetworkError, type Log as Logger } from '../host/index.ts'
import {
  AllocateProducerIdsRequest,
  AllocateProducerIdsResponse,
  ErrorCode,
  errorName,
} from '../protocol/index.ts'
import type { Znodes } from '../znodes/index.ts'
import type { ToController } from './cluster/index.ts'

/** Both ends included. */
export interface ProducerIdBlock {
  readonly first: number
  readonly last: number
}

export class ProducerIds {
  readonly #takeFrom: () => Promise<ProducerIdBlock>
  #next = 0
  #end = 0
  #refill: Promise<void> | undefined

  constructor(takeBlock: () => Promise<ProducerIdBlock>) {
    this.#takeFrom = takeBlock
  }

  /** An id that nobody else has had. @throws what blocks cannot be had for */
  async next(): Promise<number> {
    while (this.#next >= this.#end) {
      this.#refill ??= this.#takeBlock()
      await this.#refill
    }
    return this.#next++
  }

  async #takeBlock(): Promise<void> {
    try {
      const block = await this.#takeFrom()
      this.#next = block.first
      this.#end = block.last + 1
    } finally {
      this.#refill = undefined
    }
  }
}

const allocateProducerIds = {
  request: AllocateProducerIdsRequest,
  response: AllocateProducerIdsResponse,
}

/** From the controller (KIP-730), or below inter.broker.protocol.version 3.0 straight from ZooKeeper. */
export function producerIdBlocks(options: {
  readonly brokerId: number
  readonly brokerEpoch: () => number
  readonly controller: ToController
  readonly znodes: Znodes
  readonly version: number | undefined
  readonly logger: Logger
}): () => Promise<ProducerIdBlock> {
  const { brokerId, brokerEpoch, controller, znodes, version, logger } = options
  if (version === undefined) return () => takeFromZooKeeper(znodes, brokerId, logger)
  return async () => {
    const body = { brokerId, brokerEpoch: brokerEpoch() }
    const answer = await controller.ask(allocateProducerIds, version, body)
    if (answer.errorCode !== ErrorCode.NONE) {
      const message = `the controller gives no producer ids: ${errorName(answer.errorCode)}`
      throw new NetworkError(message, { code: 'NO_PRODUCER_IDS' })
    }
    const { producerIdStart: first, producerIdLen } = answer
    return { first, last: first + producerIdLen - 1 }
  }
}

/** Compares and sets; for this broker, or as the controller for any. */
export async function takeFromZooKeeper(
  znodes: Znodes,
  brokerId: number,
  logger: Logger,
): Promise<ProducerIdBlock> {
  const { first, last, pathVersion } = await znodes.takeProducerIdBlock(brokerId)
  const blockText = `ProducerIdsBlock(assignedBrokerId=${brokerId}, firstProducerId=${first}, size=${last - first + 1})`
  logger.info(
    `[Controller id=${brokerId}] Acquired new producerId block ${blockText} by writing to Zk with path version ${pathVersion}`,
  )
  return { first, last }
}
