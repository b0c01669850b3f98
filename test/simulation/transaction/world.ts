/** Transactions under a coordinator that does not live long; markers that are late, refused, or written by one that is gone. */
import { strict as assert } from 'node:assert'
import { silentLog, sleep } from '../../../src/host/index.ts'
import { ErrorCode } from '../../../src/protocol/index.ts'
import {
  TransactionCoordinator,
  type MarkerResults,
  type PartitionLog,
} from '../../../src/runtime/index.ts'
import {
  defaultTransactionSettings,
  markerOutcome,
  type WriteMarkers,
} from '../../../src/txn/index.ts'
import { CoordinatorWorld } from '../coordinator/coordinator-world.ts'
import { ModelPartition } from './partition.ts'

export const PARTITIONS = 4
export const TOPIC = 'data'
/** Short, so that what a request began is often still under way when it is tried again. */
const REQUEST_TIMEOUT_MS = 1_000

export class TransactionWorld extends CoordinatorWorld<TransactionCoordinator> {
  readonly partitions = Array.from({ length: PARTITIONS }, () => new ModelPartition())
  #nextProducerId = 0

  protected open(log: PartitionLog): TransactionCoordinator {
    const { clock } = this
    return new TransactionCoordinator({
      settings: defaultTransactionSettings,
      ...{ clock, log, logger: silentLog, loadLogger: silentLog },
      partitionCount: () => 1,
      nextProducerId: async () => {
        await sleep(clock, this.random.between(0, 5))
        return this.#nextProducerId++
      },
      writeMarkers: (markers, epoch) => this.#writeMarkers(markers, epoch),
      ...{ appendTimeoutMs: 5_000, maxBatchBytes: 1_000_000 },
      ...{ timeoutCheckMs: 1_000, expiryCheckMs: 60_000 },
    })
  }

  /** A request over the network; undefined when no answer came in time. */
  async call<Reply>(
    who: string,
    what: string,
    ask: (coordinator: TransactionCoordinator) => Promise<Reply>,
  ): Promise<Reply | undefined> {
    const reply = await this.inTime(this.transmit(ask), REQUEST_TIMEOUT_MS)
    this.note(who, `${what}: ${JSON.stringify(reply)}`)
    return reply
  }

  /** A produce: verified and appended in one step, as the broker does (KIP-890). */
  append(
    number: number,
    data: {
      transactionalId: string
      producerId: number
      producerEpoch: number
      transaction: string
    },
  ): ErrorCode {
    const partition = this.partitions[number]
    assert(partition !== undefined)
    if (!partition.hasOpen(data.producerId)) {
      const place = { topic: TOPIC, partition: number }
      const errorCode =
        this.coordinator?.verify({ ...data, ...place }) ?? ErrorCode.COORDINATOR_NOT_AVAILABLE
      if (errorCode !== ErrorCode.NONE) return errorCode
    }
    return partition.append(data)
  }

  /** Each partition takes its time; the coordinator may be gone when its marker comes. */
  #writeMarkers(markers: WriteMarkers, coordinatorEpoch: number): Promise<MarkerResults> {
    const { producerId, producerEpoch, committed } = markers
    const marker = { producerId, producerEpoch, coordinatorEpoch, committed }
    return Promise.all(
      markers.partitions.map(async ({ topic, partition }) => {
        await sleep(this.clock, this.random.between(0, this.random.chance(0.1) ? 3_000 : 20))
        const isRefused = this.isFaulty && this.random.chance(0.1)
        const errorCode = isRefused
          ? ErrorCode.NOT_LEADER_OR_FOLLOWER
          : (this.partitions[partition]?.mark(marker) ?? ErrorCode.NONE)
        return { topic, partition, outcome: markerOutcome(errorCode) }
      }),
    )
  }
}
