/**
 * Topics that a producer or consumer deals with, kept fresh: asked for when they are new, when an error
 * shows that they are stale, and at the age of `metadata.max.age.ms`. Mirrors Metadata.
 */
import type { Timer } from '../../host/index.ts'
import { ErrorCode } from '../../protocol/index.ts'
import { isWorthRetrying, KafkaError } from '../errors.ts'
import { backoffMs } from './backoff.ts'
import { emptyView, type ClusterView, type TopicView } from './cluster-view.ts'
import type { Cluster } from './cluster.ts'

export interface MetadataCacheOptions {
  readonly onUpdate: (view: ClusterView) => void
  /** `metadata.max.idle.ms`: a topic that was not used for so long is forgotten (KIP-526); default: none is. */
  readonly maxIdleMs?: number
}

export class MetadataCache {
  readonly #cluster: Cluster
  readonly #onUpdate: (view: ClusterView) => void
  readonly #maxIdleMs: number
  /** By topic, of the monotonic clock; empty when none is forgotten. */
  readonly #lastUsedMs = new Map<string, number>()
  #topics: Set<string> | 'all' = new Set()
  #view = emptyView
  #underWay: Promise<ClusterView> | undefined
  /** Something was asked for that the request under way does not have. */
  #isStale = false
  #failures = 0
  #lastAttemptMs = -Infinity
  #retryTimer: Timer | undefined
  #ageTimer: Timer | undefined
  #isClosed = false

  constructor(cluster: Cluster, { onUpdate, maxIdleMs = Infinity }: MetadataCacheOptions) {
    this.#cluster = cluster
    this.#onUpdate = onUpdate
    this.#maxIdleMs = maxIdleMs
  }

  /** As the last answer had it. */
  get view(): ClusterView {
    return this.#view
  }

  /** The topic if it can be used; else it is asked for in the background. */
  usable(topic: string): TopicView | undefined {
    this.add(topic)
    if (this.#maxIdleMs < Infinity) {
      this.#lastUsedMs.set(topic, this.#cluster.host.clock.monotonicMs())
    }
    const found = this.#view.topics.get(topic)
    if (found?.errorCode === ErrorCode.NONE && found.partitions.length > 0) return found
    this.refreshSoon()
    return undefined
  }

  add(topic: string): void {
    if (this.#topics === 'all' || this.#topics.has(topic)) return
    this.#topics.add(topic)
    this.#isStale = true
  }

  /** No longer asked for. */
  forget(topic: string): void {
    if (this.#topics !== 'all') this.#topics.delete(topic)
    this.#lastUsedMs.delete(topic)
  }

  /** Replaces what is asked for. */
  setTopics(topics: Iterable<string> | 'all'): void {
    this.#topics = topics === 'all' ? 'all' : new Set(topics)
    this.#isStale = true
  }

  /**
   * Asks now, or joins the request under way when that asks for all that is wanted.
   *
   * @throws NetworkError, KafkaError as a request of metadata may
   */
  async refresh(): Promise<ClusterView> {
    while (this.#underWay !== undefined) {
      const view = await this.#underWay
      if (!this.#isStale) return view
    }
    this.#underWay = this.#ask().finally(() => (this.#underWay = undefined))
    return this.#underWay
  }

  /** Asks in the background, not more often than `retry.backoff.ms` allows, until it succeeds. */
  refreshSoon(): void {
    if (this.#isClosed || this.#retryTimer !== undefined) return
    const { clock, random } = this.#cluster.host
    const { retryBackoff } = this.#cluster.settings
    const pauseMs = backoffMs(Math.max(this.#failures, 1), retryBackoff, random)
    const sinceMs = clock.monotonicMs() - this.#lastAttemptMs
    this.#retryTimer = clock.after(Math.max(0, pauseMs - sinceMs), () => {
      this.#retryTimer = undefined
      this.refresh().catch((error: unknown) => {
        if (this.#isClosed) return
        if (!isWorthRetrying(error)) this.#cluster.log.warn('metadata refused', { error })
        this.refreshSoon()
      })
    })
  }

  close(): void {
    this.#isClosed = true
    this.#retryTimer?.cancel()
    this.#ageTimer?.cancel()
  }

  #forgetIdle(): void {
    const longAgoMs = this.#cluster.host.clock.monotonicMs() - this.#maxIdleMs
    for (const [topic, lastUsedMs] of this.#lastUsedMs) {
      if (lastUsedMs > longAgoMs) continue
      this.forget(topic)
      this.#cluster.log.debug('topic forgotten: it was not used', { topic })
    }
  }

  async #ask(): Promise<ClusterView> {
    const { clock } = this.#cluster.host
    this.#forgetIdle()
    this.#isStale = false
    this.#lastAttemptMs = clock.monotonicMs()
    const { allowAutoTopicCreation } = this.#cluster.settings
    const topics = this.#topics === 'all' ? 'all' : [...this.#topics]
    try {
      const view = await this.#cluster.fetchMetadata(
        { topics, allowAutoTopicCreation },
        { warnsOfTopics: true },
      )
      this.#accept(view)
      return this.#view
    } catch (error) {
      this.#failures += 1
      throw error
    }
  }

  #accept(view: ClusterView): void {
    const faults = [...view.topics.values()].filter(({ errorCode }) => errorCode !== ErrorCode.NONE)
    // As in Java, a topic that cannot be used now does not slow the others down.
    this.#failures = faults.length === 0 ? 0 : this.#failures + 1
    this.#reportInvalid(faults)
    this.#view = withNewestEpochs(view, this.#view)
    this.#ageTimer?.cancel()
    if (!this.#isClosed) {
      const { metadataMaxAgeMs } = this.#cluster.settings
      this.#ageTimer = this.#cluster.host.clock.after(metadataMaxAgeMs, () => this.refreshSoon())
    }
    this.#onUpdate(this.#view)
  }

  #reportInvalid(faults: readonly TopicView[]): void {
    const log = this.#cluster.log.named('org.apache.kafka.clients.Metadata')
    const invalid = namesWith(faults, ErrorCode.INVALID_TOPIC_EXCEPTION)
    if (invalid.length > 0)
      log.error(`Metadata response reported invalid topics [${invalid.join(', ')}]`)
    const forbidden = namesWith(faults, ErrorCode.TOPIC_AUTHORIZATION_FAILED)
    if (forbidden.length > 0)
      log.error(`Topic authorization failed for topics [${forbidden.join(', ')}]`)
  }
}

function namesWith(topics: readonly TopicView[], code: number): string[] {
  return topics.filter(({ errorCode }) => errorCode === code).map(({ name }) => name)
}

/** A broker that lags behind may tell of a leader that has been replaced (KIP-320). */
function withNewestEpochs(view: ClusterView, before: ClusterView): ClusterView {
  const topics = new Map(view.topics)
  for (const [name, topic] of view.topics) {
    const old = before.topics.get(name)
    if (old === undefined || old.topicId !== topic.topicId) continue
    const oldBy = new Map(old.partitions.map(item => [item.partition, item]))
    const partitions = topic.partitions.map(item => {
      const known = oldBy.get(item.partition)
      return known !== undefined && item.leaderEpoch < known.leaderEpoch ? known : item
    })
    topics.set(name, { ...topic, partitions })
  }
  return { ...view, topics }
}

/** What makes a topic of no use for good; `undefined` for what may pass. */
export function lastingFault(topic: TopicView | undefined): KafkaError | undefined {
  if (topic === undefined) return undefined
  switch (topic.errorCode) {
    case ErrorCode.INVALID_TOPIC_EXCEPTION:
      return new KafkaError('INVALID_TOPIC_EXCEPTION', `Invalid topics: [${topic.name}]`)
    case ErrorCode.TOPIC_AUTHORIZATION_FAILED:
      return new KafkaError(
        'TOPIC_AUTHORIZATION_FAILED',
        `Not authorized to access topics: [${topic.name}]`,
      )
    default:
      return undefined
  }
}
