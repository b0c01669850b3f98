/**
 * In-sync replicas in clusters that speak less than 2.7-IV2: the leader writes the state itself, and
 * leaves word of it for the controller, not for each change alone (Kafka's ZkAlterPartitionManager).
 */
import type { Clock, Log as Logger, Timer } from '../../host/index.ts'
import { ErrorCode } from '../../protocol/index.ts'
import type { IsrOutcome, IsrProposal } from '../../replica/index.ts'
import type { Znodes } from '../../znodes/index.ts'

/** Word is left when nothing has changed for so long, */
const QUIET_MS = 5_000
/** or the last word is that old. */
const LONGEST_MS = 60_000
const CHECK_MS = 2_500

export interface StoredIsrOptions {
  readonly brokerId: number
  readonly clock: Clock
  readonly logger: Logger
  readonly znodes: Znodes
  readonly controllerEpoch: () => number
}

export class StoredIsr {
  readonly #options: StoredIsrOptions
  readonly #changed = new Map<string, { topic: string; partition: number }>()
  readonly #timer: Timer
  #changedMs = 0
  #announcedMs = 0

  constructor(options: StoredIsrOptions) {
    this.#options = options
    this.#timer = options.clock.every(CHECK_MS, () => void this.#announce())
  }

  async propose(proposal: IsrProposal): Promise<IsrOutcome> {
    const { brokerId, znodes, controllerEpoch, clock } = this.#options
    const { topic, partition, leaderEpoch, partitionEpoch } = proposal
    const isr = proposal.isr.map(member => member.brokerId)
    const state = { leader: brokerId, leaderEpoch, isr }
    const version = await znodes.writeState(
      topic,
      partition,
      { ...state, controllerEpoch: controllerEpoch(), leaderRecoveryState: 0 },
      partitionEpoch,
    )
    if (version === undefined) return ErrorCode.INVALID_UPDATE_VERSION
    this.#changed.set(`${topic}-${partition}`, { topic, partition })
    this.#changedMs = clock.monotonicMs()
    return { ...state, partitionEpoch: version }
  }

  stop(): void {
    this.#timer.cancel()
  }

  async #announce(): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs()
    const isDue = this.#changedMs + QUIET_MS < nowMs || this.#announcedMs + LONGEST_MS < nowMs
    if (this.#changed.size === 0 || !isDue) return
    const partitions = [...this.#changed.values()]
    this.#changed.clear()
    this.#announcedMs = nowMs
    try {
      await this.#options.znodes.announceIsrChange(partitions)
    } catch (error) {
      // Told with the next word.
      for (const place of partitions) this.#changed.set(`${place.topic}-${place.partition}`, place)
      this.#options.logger.error('cannot leave word of changed in-sync replicas', { error })
    }
  }
}
