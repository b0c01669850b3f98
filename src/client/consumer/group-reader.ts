/**
 * A consumer as reader of a group: rebalances with listeners, and commits by itself. Mirrors
 * ConsumerCoordinator with the eager protocol: all partitions are given up before a rebalance.
 */
import type { Cluster } from '../connection/cluster.ts'
import type { ClusterView } from '../connection/cluster-view.ts'
import type { MetadataCache } from '../connection/metadata-cache.ts'
import { within } from '../connection/retry.ts'
import { isWorthRetrying, toKafkaError } from '../errors.ts'
import { namesOf } from '../topic-partition.ts'
import type { OffsetToCommit, RebalanceListener } from './consumer.ts'
import type { GroupCoordinator } from './group-coordinator.ts'
import type { Joined, Membership } from './membership.ts'
import type { Subscription } from './subscription.ts'

export interface GroupReaderOptions {
  readonly cluster: Cluster
  readonly coordinator: GroupCoordinator
  readonly metadata: MetadataCache
  readonly membership: Membership
  readonly subscription: Subscription
  /** `undefined`: the caller commits. */
  readonly autoCommitIntervalMs: number | undefined
  /** Whether closing leaves the group; else the others wait for the end of the session. */
  readonly leavesOnClose: boolean
  readonly onProgress: () => void
}

export class GroupReader {
  readonly membership: Membership
  readonly #options: GroupReaderOptions
  #listener: RebalanceListener = {}
  #joining: Promise<Joined> | undefined
  /** The result of `#joining`, not taken over yet. */
  #joined: Joined | undefined
  #joinError: Error | undefined
  #nextCommitMs = 0
  #isCommitting = false
  /** Topics and partitions that the current assignment was made for. */
  #assignedFor = ''
  #topicsOfGroup: readonly string[] = []

  constructor(options: GroupReaderOptions) {
    this.#options = options
    this.membership = options.membership
  }

  listen(listener: RebalanceListener): void {
    this.#listener = listener
  }

  /** Topics that a pattern has matched: another set asks for a rebalance. */
  matched(topics: readonly string[]): void {
    const { subscription, membership } = this.#options
    const sorted = [...topics].sort()
    if (sorted.join() === subscription.topics.join()) return
    subscription.topics = sorted
    membership.requestRejoin()
  }

  /** Partitions that were added ask for a rebalance. */
  metadataCame(view: ClusterView): void {
    if (this.#assignedFor === '' || this.#assignedFor === shapeOf(this.#topicsOfGroup, view)) return
    this.#assignedFor = ''
    this.membership.requestRejoin()
  }

  /** Brings membership forward for at most `timeoutMs`. @returns whether there is an assignment to read */
  async poll(isOfGroup: boolean, timeoutMs: number): Promise<boolean> {
    this.#commitIfDue()
    if (!isOfGroup) return true
    this.membership.polled()
    if (this.#joining === undefined && this.membership.isRejoinNeeded) await this.#beginJoin()
    if (this.#joining !== undefined) {
      await within(
        this.#options.cluster.host,
        this.#settled(this.#joining),
        Math.max(timeoutMs, 0),
      ).catch((error: unknown) => {
        if (!isWorthRetrying(error)) throw error
      })
    }
    return this.#completeJoin()
  }

  async #settled(joining: Promise<unknown>): Promise<void> {
    await joining.catch(() => undefined)
  }

  async #beginJoin(): Promise<void> {
    const { subscription, metadata, membership, onProgress } = this.#options
    await this.#giveUp()
    // What a pattern matches is known only from metadata.
    if (subscription.kind === 'pattern') await metadata.refresh().catch(() => undefined)
    const joining = membership.join(subscription.topics)
    this.#joining = joining
    joining
      .then(
        joined => {
          if (this.#joining === joining) this.#joined = joined
        },
        (error: unknown) => {
          if (this.#joining === joining) this.#joinError = toKafkaError(error)
        },
      )
      .finally(onProgress)
      .catch(onProgress)
  }

  async #giveUp(): Promise<void> {
    const { subscription, membership } = this.#options
    const partitions = subscription.list()
    if (partitions.length === 0) return
    const listener = this.#listener
    if (membership.isLost) {
      await (listener.onLost ?? listener.onRevoked)?.call(listener, partitions)
    } else {
      await this.#commitBeforeRevocation()
      await listener.onRevoked?.(partitions)
    }
    subscription.replace([])
  }

  async #completeJoin(): Promise<boolean> {
    const { subscription, metadata, cluster } = this.#options
    if (this.#joinError !== undefined) {
      const error = this.#joinError
      this.#joinError = undefined
      this.#joining = undefined
      throw error
    }
    if (this.#joined === undefined) return this.#joining === undefined
    const { assignment, isLeader, topics } = this.#joined
    this.#joined = undefined
    this.#joining = undefined
    // Another subscription meanwhile: this assignment was for the old one.
    if (this.membership.isRejoinNeeded) {
      this.#options.onProgress()
      return false
    }
    if (isLeader && subscription.kind === 'topics') {
      metadata.setTopics(new Set([...subscription.topics, ...topics]))
    }
    this.#topicsOfGroup = topics
    subscription.replace(assignment)
    await metadata.refresh().catch(() => undefined)
    this.#assignedFor = shapeOf(topics, metadata.view)
    this.#nextCommitMs =
      cluster.host.clock.monotonicMs() + (this.#options.autoCommitIntervalMs ?? 0)
    cluster.log.info(`Adding newly assigned partitions: ${namesOf(assignment)}`)
    await this.#listener.onAssigned?.(assignment)
    return true
  }

  /** What `poll` has handed out before: the caller has dealt with it when it polls again. */
  #commitIfDue(): void {
    const { autoCommitIntervalMs, cluster } = this.#options
    if (autoCommitIntervalMs === undefined || this.#isCommitting) return
    const nowMs = cluster.host.clock.monotonicMs()
    if (nowMs < this.#nextCommitMs) return
    this.#nextCommitMs = nowMs + autoCommitIntervalMs
    this.#isCommitting = true
    this.#commitPositions()
      .catch((error: unknown) => {
        this.#nextCommitMs = nowMs + cluster.settings.retryBackoff.firstMs
        this.#warnOfCommit(error)
      })
      .finally(() => (this.#isCommitting = false))
      .catch((error: unknown) => this.#warnOfCommit(error))
  }

  async #commitBeforeRevocation(): Promise<void> {
    if (this.#options.autoCommitIntervalMs === undefined) return
    const { cluster } = this.#options
    const timeoutMs = cluster.settings.requestTimeoutMs
    try {
      await cluster.retry({ name: 'commitSync', timeoutMs }, () => this.#commitPositions())
    } catch (error) {
      this.#warnOfCommit(error)
    }
  }

  #warnOfCommit(error: unknown): void {
    this.#options.cluster.log
      .named('org.apache.kafka.clients.consumer.internals.ConsumerCoordinator')
      .warn(`Asynchronous auto-commit of offsets failed: ${toKafkaError(error).message}`)
  }

  async #commitPositions(): Promise<void> {
    const offsets: OffsetToCommit[] = []
    for (const { topic, partition, position, positionEpoch } of this.#options.subscription
      .partitions) {
      if (position === undefined) continue
      offsets.push({ topic, partition, offset: position, leaderEpoch: positionEpoch })
    }
    await this.#options.coordinator.commit(offsets, this.membership.metadata)
  }

  /** Commits where the caller does not, tells the listener, and leaves. */
  async leave(reason: string): Promise<void> {
    await this.#finish()
    await this.membership.leave(reason)
  }

  async #finish(): Promise<void> {
    this.#joining = undefined
    this.#joined = undefined
    this.#joinError = undefined
    if (this.#options.subscription.isOfGroup) await this.#giveUp()
    else await this.#commitBeforeRevocation()
  }

  async close(): Promise<void> {
    try {
      if (this.#options.leavesOnClose) await this.leave('the consumer is being closed')
      else await this.#finish()
    } finally {
      this.membership.close()
    }
  }
}

/** Which topics there are, and how many partitions they have. */
function shapeOf(topics: readonly string[], view: ClusterView): string {
  const counts = topics.map(name => `${name}:${view.topics.get(name)?.partitions.length ?? 0}`)
  return `${counts.sort().join()};`
}
