/** Finds out where reading begins: what the group has committed, else what `auto.offset.reset` says. */
import { ErrorCode } from '../../protocol/index.ts'
import type { Cluster } from '../connection/cluster.ts'
import { partitionIn } from '../connection/cluster-view.ts'
import type { FetchedOffset } from '../connection/committed-offsets.ts'
import {
  askListOffsets,
  timestampOf,
  type IsolationLevel,
  type ListedOffset,
  type OffsetSpec,
} from '../connection/list-offsets.ts'
import type { MetadataCache } from '../connection/metadata-cache.ts'
import { isWorthRetrying, KafkaError, type Outcome } from '../errors.ts'
import { groupBy, nameOf, namesOf, type TopicPartition } from '../topic-partition.ts'
import type { PartitionState, Subscription } from './subscription.ts'
import { isDoubtful, validatePositions } from './truncation.ts'

export interface PositionsOptions {
  readonly cluster: Cluster
  readonly metadata: MetadataCache
  readonly subscription: Subscription
  readonly isolationLevel: IsolationLevel
  /** `undefined`: an error. */
  readonly resetTo: OffsetSpec | undefined
  /** Of the group; `undefined` without one. */
  readonly fetchCommitted:
    ((partitions: readonly TopicPartition[]) => Promise<readonly FetchedOffset[]>) | undefined
}

export class Positions {
  readonly #options: PositionsOptions
  #updating: Promise<void> | undefined

  constructor(options: PositionsOptions) {
    this.#options = options
  }

  areKnown(): boolean {
    for (const state of this.#options.subscription.partitions) {
      if (state.position === undefined || isDoubtful(state, this.#options.metadata)) return false
    }
    return true
  }

  /**
   * Tries once to find every position that is missing, and whether the others still hold.
   *
   * @throws KafkaError NO_OFFSET_FOR_PARTITION; what is worth retrying
   */
  async update(): Promise<void> {
    this.#updating ??= this.#updateOnce().finally(() => (this.#updating = undefined))
    return this.#updating
  }

  async #updateOnce(): Promise<void> {
    const { subscription, metadata } = this.#options
    const isUnknown = ({ topic, partition, position }: PartitionState): boolean =>
      position === undefined && partitionIn(metadata.view, topic, partition) === undefined
    if (Array.from(subscription.partitions).some(isUnknown)) await metadata.refresh()
    await this.#useCommitted()
    await this.#reset()
    await validatePositions({ ...this.#options, mayReset: this.#options.resetTo !== undefined })
  }

  async #useCommitted(): Promise<void> {
    const { subscription, fetchCommitted } = this.#options
    const missing = [...subscription.partitions].filter(
      ({ position, reset }) => position === undefined && reset === undefined,
    )
    if (missing.length === 0) return
    const committed = fetchCommitted === undefined ? [] : await fetchCommitted(missing)
    const byName = new Map(committed.map(item => [nameOf(item), item.committed]))
    const undefinedOnes: PartitionState[] = []
    for (const state of missing) {
      // Sought meanwhile, or given up.
      if (subscription.find(state) !== state || state.position !== undefined) continue
      const offset = byName.get(nameOf(state))
      if (offset !== undefined && offset !== null) {
        subscription.seek(state, offset.offset, offset.leaderEpoch)
      } else if (state.reset === undefined) {
        undefinedOnes.push(state)
      }
    }
    this.#useDefault(undefinedOnes)
  }

  #useDefault(states: readonly PartitionState[]): void {
    const { subscription, resetTo } = this.#options
    if (states.length === 0) return
    if (resetTo === undefined) {
      const message = `Undefined offset with no reset policy for partitions: ${namesOf(states)}`
      throw new KafkaError('NO_OFFSET_FOR_PARTITION', message)
    }
    for (const state of states) subscription.seekTo(state, resetTo)
  }

  async #reset(): Promise<void> {
    const { subscription } = this.#options
    const wanted = [...subscription.partitions].flatMap(state =>
      state.position === undefined && state.reset !== undefined
        ? [{ topic: state.topic, partition: state.partition, state, spec: state.reset }]
        : [],
    )
    if (wanted.length === 0) return
    const found = await this.lookUpOnce(
      wanted.map(({ topic, partition, spec }) => ({
        topic,
        partition,
        timestamp: timestampOf(spec),
      })),
    )
    for (const { state, spec } of wanted) {
      const outcome = found.get(nameOf(state))
      if (subscription.find(state) !== state || state.reset !== spec) continue
      if (outcome?.ok === true) {
        subscription.seek(state, outcome.value.offset, outcome.value.leaderEpoch)
        // The leader itself has just told it.
        const view = partitionIn(this.#options.metadata.view, state.topic, state.partition)
        state.validatedEpoch = view?.leaderEpoch ?? -1
      }
    }
    ensureFound(found)
  }

  /** Asks the leaders once. By `nameOf`; a partition without a leader has a retriable error. */
  async lookUpOnce(
    questions: readonly (TopicPartition & { readonly timestamp: number })[],
  ): Promise<Map<string, Outcome<ListedOffset>>> {
    const { cluster, metadata, isolationLevel } = this.#options
    const results = new Map<string, Outcome<ListedOffset>>()
    const placed = questions.map(question => {
      const view = partitionIn(metadata.view, question.topic, question.partition)
      return {
        ...question,
        leaderId: view?.leaderId ?? -1,
        currentLeaderEpoch: view?.leaderEpoch ?? -1,
      }
    })
    await Promise.all(
      [...groupBy(placed, ({ leaderId }) => leaderId)].map(async ([leaderId, partitions]) => {
        if (leaderId < 0) {
          const error = KafkaError.of(ErrorCode.LEADER_NOT_AVAILABLE)
          for (const item of partitions) results.set(nameOf(item), { ok: false, error })
          return
        }
        const connection = await cluster.connectionTo(leaderId)
        const answers = await askListOffsets(connection, { isolationLevel, partitions })
        for (const [name, outcome] of answers) results.set(name, outcome)
      }),
    )
    return results
  }
}

/** @throws the first error, one for good before one that may pass */
export function ensureFound(outcomes: ReadonlyMap<string, Outcome<unknown>>): void {
  const errors = [...outcomes.values()].flatMap(outcome => (outcome.ok ? [] : [outcome.error]))
  const worst = errors.find(error => !isWorthRetrying(error)) ?? errors[0]
  if (worst !== undefined) throw worst
}
