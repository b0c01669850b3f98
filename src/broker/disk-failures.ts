/**
 * What this broker does when a disk fails under it (KIP-112): it gives up what lies there, and leaves word
 * for the controller, which asks it for all of its replicas and finds out which are gone. A replica whose
 * log turns out to be damaged while others could lead is told of in the same way.
 */
import type { Log as Logger } from '../host/index.ts'
import type { PartitionLog } from '../log/index.ts'
import type { Replicas } from '../replica/index.ts'
import type { Znodes } from '../znodes/index.ts'

export interface DiskFailuresOptions {
  readonly brokerId: number
  readonly logger: Logger
  readonly znodes: Znodes
  readonly replicas: Replicas
  /** Groups and transactions of these partitions are coordinated elsewhere from now on. */
  readonly resign: (logs: readonly PartitionLog[]) => void
}

export class DiskFailures {
  readonly #options: DiskFailuresOptions
  #isAnnouncing = false
  #isNews = false

  constructor(options: DiskFailuresOptions) {
    this.#options = options
  }

  /** A log directory is offline. */
  onOffline(
    directory: string,
    logs: readonly PartitionLog[],
    futures: readonly PartitionLog[],
  ): void {
    const { replicas, resign } = this.#options
    this.#warn(`Stopping serving replicas in dir ${directory}`)
    replicas.fail(logs)
    resign(logs)
    const namesOf = (lost: readonly PartitionLog[]) => lost.map(({ name }) => name).join(',')
    this.#warn(
      `Broker ${this.#options.brokerId} stopped fetcher for partitions ${namesOf(logs)} and ` +
        `stopped moving logs for partitions ${namesOf(futures)} because they are in the failed log directory ${directory}.`,
    )
    this.announce()
    this.#warn(`Stopped serving replicas in dir ${directory}`)
  }

  /** Leaves word; what comes meanwhile is told in one more. */
  announce(): void {
    this.#isNews = true
    if (!this.#isAnnouncing) void this.#announce()
  }

  async #announce(): Promise<void> {
    const { znodes, brokerId } = this.#options
    this.#isAnnouncing = true
    try {
      while (this.#isNews) {
        this.#isNews = false
        await znodes.announceLogDirFailure(brokerId)
      }
    } catch (error) {
      // With the session a registration ends: the controller asks whoever registers anew for everything.
      this.#options.logger.error('cannot leave word of a failed disk', { error })
    } finally {
      this.#isAnnouncing = false
    }
  }

  #warn(text: string): void {
    const { logger, brokerId } = this.#options
    logger.warn(`[ReplicaManager broker=${brokerId}] ${text}`)
  }
}
