/**
 * A consumer as reader of a group: rebalances with listeners, and commits by itself. Mirrors
 * ConsumerCoordinator with both its protocols: eager, which gives up all partitions before a rebalance, and
 * cooperative, which keeps them, gives up what the new assignment takes, and then joins again (KIP-429).
 */
import type { Cluster } from '../connection/cluster.ts'
import type { ClusterView } from '../connection/cluster-view.ts'
import type { FetchedOffset } from '../connection/committed-offsets.ts'
import type { MetadataCache } from '../connection/metadata-cache.ts'
import { KafkaError, toKafkaError } from '../errors.ts'
import { nameOf, namesOf, type TopicPartition } from '../topic-partition.ts'
import { compareText } from './assignor.ts'
import type { RebalanceProtocol } from './assignors.ts'
import type { ConsumerGroupMetadata, OffsetToCommit, RebalanceListener } from './consumer.ts'
import type { GroupCoordinator } from './group-coordinator.ts'
import type { Joined, Membership } from './membership.ts'
import type { Subscription } from './subscription.ts'

export interface GroupReaderOptions {
  readonly cluster: Cluster
  readonly coordinator: GroupCoordinator
  readonly metadata: MetadataCache
  readonly membership: Membership
  readonly protocol: RebalanceProtocol
  readonly subscription: Subscription
  /** `undefined`: the caller commits. */
  readonly autoCommitIntervalMs: number | undefined
  /** Whether closing leaves the group; else the others wait for the end of the session. */
  readonly leavesOnClose: boolean
  readonly onProgress: () => void
}

/** Both `undefined`: it is no member any more, and what it offered is lost. */
interface JoinOutcome {
  readonly joined?: Joined | undefined
  readonly error?: KafkaError
}

export class GroupReader {
  readonly membership: Membership
  readonly #options: GroupReaderOptions
  #listener: RebalanceListener = {}
  #joining: Promise<unknown> | undefined
  /** What `#joining` came to, not taken over yet. */
  #outcome: JoinOutcome | undefined
  /** What a join takes was given up already: the join itself is tried again. */
  #isPrepared = false
  #nextCommitMs = 0
  #isCommitting = false
  /** Partitions that this member as leader has shared out, by topic. */
  #planned: ReadonlyMap<string, number> = new Map()

  constructor(options: GroupReaderOptions) {
    this.#options = options
    this.membership = options.membership
  }

  listen(listener: RebalanceListener): void {
    this.#listener = listener
  }

  /** The caller has subscribed anew: another set of topics than `before` asks for a rebalance. */
  subscribed(before: readonly string[]): void {
    const { subscription, membership } = this.#options
    if (isSameSet(before, subscription.topics)) return
    membership.requestRejoin('subscription has changed')
  }

  /** Topics that a pattern has matched: another set asks for a rebalance. */
  matched(topics: readonly string[]): void {
    const { subscription, membership } = this.#options
    if (isSameSet(topics, subscription.topics)) return
    subscription.topics = [...topics].sort(compareText)
    membership.requestRejoin('subscription has changed')
  }

  /** The leader looks after the topics of all: partitions that were added ask for a rebalance. */
  metadataCame(view: ClusterView): void {
    for (const [name, count] of this.#planned) {
      const topic = view.topics.get(name)
      if (topic === undefined || topic.partitions.length === count) continue
      this.#planned = new Map()
      this.membership.requestRejoin('cached metadata has changed')
      return
    }
  }

  /**
   * Brings membership forward, without waiting for the other members: meanwhile the caller reads what it
   * has kept.
   *
   * @returns whether there may be something to read
   * @throws KafkaError for what the group refuses, and when the listener fails
   */
  async poll(): Promise<boolean> {
    this.#commitIfDue()
    const { subscription, membership, onProgress } = this.#options
    if (!subscription.isOfGroup) return true
    membership.polled()
    if (this.#outcome !== undefined) {
      await this.#complete(this.#outcome)
      // What is new is looked up before the next join holds up the connection to the coordinator.
      if (membership.isRejoinNeeded) onProgress()
    } else if (this.#joining === undefined && membership.isRejoinNeeded) await this.#beginJoin()
    return this.#joining === undefined || subscription.list().length > 0
  }

  async #beginJoin(): Promise<void> {
    const { subscription, metadata, membership, onProgress } = this.#options
    // What a pattern matches is known only from metadata.
    if (subscription.kind === 'pattern') await metadata.refresh().catch(() => undefined)
    if (!this.#isPrepared) await this.#prepare()
    const joining = membership.join({
      topics: subscription.topics,
      ownedPartitions: subscription.list(),
    })
    this.#joining = joining
    const settle = (outcome: JoinOutcome): void => {
      if (this.#joining === joining) this.#outcome = outcome
      onProgress()
    }
    joining.then(
      joined => settle({ joined }),
      (error: unknown) => settle({ error: toKafkaError(error) }),
    )
  }

  /**
   * Gives up what this member may not keep while it joins: all of it, or with the cooperative protocol only
   * what it does not subscribe to any more (KIP-429).
   */
  async #prepare(): Promise<void> {
    this.#isPrepared = true
    const { subscription, membership, protocol } = this.#options
    if (membership.isMember) await this.#commitBeforeRevocation()
    // That may have shown that the group has gone on.
    if (!membership.isMember) {
      await this.#lose()
      return
    }
    const isKept = ({ topic }: TopicPartition): boolean =>
      protocol === 'cooperative' && subscription.topics.includes(topic)
    const revoked = subscription.list().filter(partition => !isKept(partition))
    const failure =
      protocol === 'eager' || revoked.length > 0 ? await this.#tellRevoked(revoked) : undefined
    subscription.replace(subscription.list().filter(isKept))
    if (failure !== undefined) throw failure
  }

  async #lose(): Promise<void> {
    const { subscription, cluster } = this.#options
    const lost = subscription.list()
    if (lost.length === 0) return
    cluster.log.info(
      'Giving away all assigned partitions as lost since generation/memberID has been reset, ' +
        `indicating that consumer is in old state or no longer part of the group: ${namesOf(lost)}`,
    )
    const failure = await this.#tellLost(lost)
    subscription.replace([])
    if (failure !== undefined) throw failure
  }

  async #complete({ joined, error }: JoinOutcome): Promise<void> {
    const { subscription, membership, metadata } = this.#options
    this.#joining = undefined
    this.#outcome = undefined
    if (error !== undefined) throw error
    this.#isPrepared = false
    if (joined === undefined) return
    if (!membership.takeOver(joined)) {
      membership.requestRejoin('rebalance failed since the generation was modified meanwhile')
      return
    }
    if (!isSameSet(joined.offer.topics, subscription.topics)) {
      membership.requestRejoin('subscription has changed')
    }
    if (!joined.assignment.every(({ topic }) => subscription.topics.includes(topic))) {
      membership.requestRejoin('received assignment does not match the current subscription')
      return
    }
    this.#planned = joined.partitionCounts ?? new Map<string, number>()
    if (subscription.kind === 'topics') {
      metadata.setTopics(new Set([...subscription.topics, ...this.#planned.keys()]))
    }
    await this.#change(joined)
  }

  /** From what it has to what it is to have. */
  async #change({ assignment }: Joined): Promise<void> {
    const { subscription, membership, cluster, autoCommitIntervalMs = 0 } = this.#options
    const owned = subscription.list()
    const added = without(assignment, owned)
    const revoked = without(owned, assignment)
    let failure: KafkaError | undefined
    if (revoked.length > 0) {
      // They were read on while the others joined; in Java that is read again by their next owner.
      await this.#commitBeforeRevocation()
      failure = await this.#tellRevoked(revoked)
      // Only then others may have them.
      membership.requestRejoin('need to revoke partitions and re-join')
    }
    this.#nextCommitMs = cluster.host.clock.monotonicMs() + autoCommitIntervalMs
    subscription.replace(assignment)
    cluster.log.info(`Adding newly assigned partitions: ${namesOf(added)}`)
    const failureToo = await this.#tell(() => this.#listener.onAssigned?.(added))
    failure ??= failureToo
    if (failure !== undefined) throw failure
  }

  async #tellRevoked(partitions: readonly TopicPartition[]): Promise<KafkaError | undefined> {
    this.#options.cluster.log.info(`Revoke previously assigned partitions ${namesOf(partitions)}`)
    return this.#tell(() => this.#listener.onRevoked?.(partitions))
  }

  async #tellLost(partitions: readonly TopicPartition[]): Promise<KafkaError | undefined> {
    const listener = this.#listener
    return this.#tell(() => (listener.onLost ?? listener.onRevoked)?.call(listener, partitions))
  }

  /** What has to happen happens all the same; then the caller hears of it, once. */
  async #tell(action: () => Promise<void> | void): Promise<KafkaError | undefined> {
    try {
      await action()
      return undefined
    } catch (error) {
      if (error instanceof KafkaError) return error
      return new KafkaError('KAFKA_ERROR', 'User rebalance callback throws an error', {
        cause: error,
      })
    }
  }

  /** What `poll` has handed out before: the caller has dealt with it when it polls again. */
  #commitIfDue(): void {
    const { autoCommitIntervalMs, cluster, subscription, membership } = this.#options
    if (autoCommitIntervalMs === undefined || this.#isCommitting) return
    if (subscription.isOfGroup && !membership.isStable) return
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
    await this.commit(offsets)
  }

  /**
   * Once, as the member that has the partitions.
   *
   * @throws KafkaError REBALANCE_IN_PROGRESS, COMMIT_FAILED, FENCED_INSTANCE_ID; what is worth retrying
   */
  async commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    if (offsets.length === 0) return
    const { coordinator, membership, subscription } = this.#options
    if (!subscription.isOfGroup) return coordinator.commit(offsets, noMember(coordinator.groupId))
    const member = membership.committer
    try {
      await coordinator.commit(offsets, member)
    } catch (error) {
      if (error instanceof KafkaError) membership.commitRefused(refusalIn(error), member)
      throw error
    }
  }

  /** Once. @throws KafkaError, what is worth retrying included */
  fetchCommitted(partitions: readonly TopicPartition[]): Promise<readonly FetchedOffset[]> {
    return this.#options.coordinator.fetchCommitted(partitions)
  }

  /** Commits where the caller does not, tells the listener, and leaves. */
  async leave(reason: string): Promise<void> {
    try {
      await this.#finish()
    } finally {
      await this.membership.leave(reason)
    }
  }

  async #finish(): Promise<void> {
    const { subscription, membership } = this.#options
    this.#joining = undefined
    this.#outcome = undefined
    this.#isPrepared = false
    this.#planned = new Map()
    if (!subscription.isOfGroup || membership.isStable) await this.#commitBeforeRevocation()
    const dropped = subscription.list()
    if (!subscription.isOfGroup || dropped.length === 0) return
    // In the middle of a rebalance nobody knows whose they are.
    const failure = membership.isStable
      ? await this.#tellRevoked(dropped)
      : await this.#tellLost(dropped)
    subscription.replace([])
    if (failure !== undefined) throw failure
  }

  async close(): Promise<void> {
    try {
      if (this.#options.leavesOnClose) await this.leave('the consumer is being closed')
      else await this.#commitBeforeRevocation()
    } finally {
      this.membership.close()
    }
  }
}

/** What a refused commit was answered with: the words for the caller have a code of their own. */
function refusalIn(error: KafkaError): number {
  return error.cause instanceof KafkaError ? error.cause.errorCode : error.errorCode
}

function noMember(groupId: string): ConsumerGroupMetadata {
  return { groupId, generationId: -1, memberId: '', groupInstanceId: null }
}

function without(
  partitions: readonly TopicPartition[],
  others: readonly TopicPartition[],
): TopicPartition[] {
  const names = new Set(others.map(nameOf))
  return partitions.filter(partition => !names.has(nameOf(partition)))
}

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  const names = new Set(left)
  return names.size === right.length && right.every(name => names.has(name))
}
