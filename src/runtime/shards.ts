/**
 * The machines over the partitions of an internal topic that this broker leads: one is opened and
 * loaded at an election, and closed when the partition goes.
 */
import type { Log } from '../host/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import type { MachineRuntime } from './machine-runtime.ts'
import type { MachineTypes } from './machine.ts'

/** Log lines, as Kafka's coordinators word them. */
export interface ShardTexts<State> {
  elected(partition: number, leaderEpoch: number): string
  resigned(partition: number, leaderEpoch: number | undefined): string
  loading(partition: number, leaderEpoch: number): string
  loaded(done: ShardLoaded<State>): readonly string[]
}

export interface ShardLoaded<State> {
  readonly partition: number
  readonly leaderEpoch: number
  readonly timeMs: number
  readonly state: State
}

export interface ShardsOptions<T extends MachineTypes> {
  readonly logger: Log
  /** Of what has to do with loading. */
  readonly loadLogger: Log
  readonly texts: ShardTexts<T['state']>
  readonly open: (partition: number, leaderEpoch: number) => MachineRuntime<T>
}

export class Shards<T extends MachineTypes> {
  readonly #options: ShardsOptions<T>
  readonly #shards = new Map<number, MachineRuntime<T>>()
  /** Leader epochs by partition, kept after resigning: an older election that comes late is no news. */
  readonly #epochs = new Map<number, number>()
  #isClosed = false

  constructor(options: ShardsOptions<T>) {
    this.#options = options
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** In no particular order; those that are still loading too. */
  get all(): MachineRuntime<T>[] {
    return [...this.#shards.values()]
  }

  /** This broker leads the partition now. Resolves when it is served, or given up meanwhile. */
  async elect(partition: number, leaderEpoch: number): Promise<void> {
    if (this.#isClosed || leaderEpoch <= (this.#epochs.get(partition) ?? -1)) return
    this.#epochs.set(partition, leaderEpoch)
    this.#shards.get(partition)?.close()
    const { texts, logger, loadLogger, open } = this.#options
    const shard = open(partition, leaderEpoch)
    this.#shards.set(partition, shard)
    logger.info(texts.elected(partition, leaderEpoch))
    loadLogger.info(texts.loading(partition, leaderEpoch))
    const loaded = await shard.load()
    if (loaded === undefined) return
    const { timeMs, ...counts } = loaded
    const isOdd = counts.unknown + counts.broken > 0
    const about = { partition, leaderEpoch, timeMs, state: shard.state }
    for (const line of texts.loaded(about)) loadLogger.info(line, isOdd ? counts : {})
  }

  /** This broker does not lead the partition any more; without an epoch, because the partition is gone. */
  resign(partition: number, leaderEpoch?: number): void {
    if (leaderEpoch === undefined) this.#epochs.delete(partition)
    else if (leaderEpoch < (this.#epochs.get(partition) ?? -1)) return
    else this.#epochs.set(partition, leaderEpoch)
    const shard = this.#shards.get(partition)
    if (shard === undefined) return
    const { texts, logger } = this.#options
    logger.info(texts.resigned(partition, leaderEpoch))
    shard.close()
    this.#shards.delete(partition)
  }

  /** What may be asked now, or why it cannot be. */
  at(partition: number): MachineRuntime<T> | ErrorCode {
    if (this.#isClosed) return ErrorCode.COORDINATOR_NOT_AVAILABLE
    const shard = this.#shards.get(partition)
    if (shard === undefined) return ErrorCode.NOT_COORDINATOR
    return shard.unavailable === ErrorCode.NONE ? shard : shard.unavailable
  }

  /** Whoever waits is told to look for another coordinator. */
  close(): void {
    this.#isClosed = true
    for (const shard of this.#shards.values()) shard.close()
    this.#shards.clear()
  }
}

/** Whether a shard cannot be asked. */
export function isRefusal(shard: object | ErrorCode): shard is ErrorCode {
  return typeof shard === 'number'
}
