/**
 * A partition while this broker leads it: what its followers have, who is in sync, what is committed
 * (the leader's half of Kafka's Partition). The rules are in `decide/`; this keeps their state, puts
 * proposals to the controller and moves the log's high watermark.
 */
import { NetworkError, type Clock, type Log as Logger, type Timer } from '../host/index.ts'
import type { PartitionLog } from '../log/index.ts'
import type { PartitionImage } from '../metadata/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import type { IsrOutcome, ReplicaCluster } from './cluster.ts'
import {
  afterFetch,
  inNewEpoch,
  isCaughtUp,
  isStaleFetch,
  unseenFollower,
  type FollowerFetch,
  type FollowerProgress,
} from './decide/follower-progress.ts'
import {
  effectiveMinIsr,
  hasEnoughReplicas,
  nextHighWatermark,
  type ReplicaProgress,
} from './decide/high-watermark.ts'
import { afterProposal, laggingReplicas, maximalIsr, mayJoin, type IsrState } from './decide/isr.ts'
import type { ReadableReplica } from './decide/preferred-replica.ts'
import type { ReplicationSettings } from './replication-settings.ts'

/** Pause before a proposal is put again that nobody answered. */
const PROPOSAL_BACKOFF_MS = 50

export interface LeadingOptions {
  readonly topic: string
  readonly topicId: () => string
  readonly partition: number
  readonly brokerId: number
  /** Another one after a move between log directories. */
  readonly log: () => PartitionLog
  readonly clock: Clock
  readonly logger: Logger
  /** Absent where no other broker exists. */
  readonly cluster: ReplicaCluster | undefined
  readonly replication: () => ReplicationSettings
  readonly minInSyncReplicas: () => number
  /** The high watermark has moved, or the number of replicas in sync has. */
  readonly onProgress: () => void
  /** The disk failed. */
  readonly onFailure: (error: unknown) => void
}

export class Leading {
  readonly #options: LeadingOptions
  readonly #followers = new Map<number, FollowerProgress>()
  #state: IsrState
  #epochStartOffset: number
  /** The controller refused a proposal for an old picture: it will say what holds. */
  #awaitsNews = false
  #retry: Timer | undefined
  #isOver = false

  constructor(options: LeadingOptions, image: PartitionImage) {
    this.#options = options
    this.#epochStartOffset = options.log().nextOffset
    this.#state = stateOf(image)
    options.log().beginEpoch(image.leaderEpoch)
    this.#meetFollowers(image, true)
  }

  get #log(): PartitionLog {
    return this.#options.log()
  }

  /** Leads on, in a new epoch or with other replicas. @throws StorageError */
  update(image: PartitionImage): void {
    const isNewEpoch = image.leaderEpoch > this.#state.leaderEpoch
    // What is known already says nothing about a proposal that is under way.
    const isNews = isNewEpoch || image.partitionEpoch > this.#state.partitionEpoch
    if (isNews || this.#awaitsNews) {
      this.#cancelRetry()
      this.#awaitsNews = false
      this.#state = stateOf(image)
    }
    if (isNewEpoch) {
      this.#epochStartOffset = this.#log.nextOffset
      this.#log.beginEpoch(image.leaderEpoch)
    }
    this.#meetFollowers(image, isNewEpoch)
  }

  #meetFollowers({ isr, replicas }: PartitionImage, isNewEpoch: boolean): void {
    const { brokerId, clock } = this.#options
    const nowMs = clock.monotonicMs()
    for (const id of this.#followers.keys()) if (!replicas.includes(id)) this.#followers.delete(id)
    for (const id of replicas) {
      if (id === brokerId) continue
      const known = this.#followers.get(id)
      const isInSync = isr.includes(id)
      if (known === undefined) this.#followers.set(id, unseenFollower(id, { isInSync, nowMs }))
      else if (isNewEpoch) {
        const leaderEndOffset = this.#log.logEndOffset
        this.#followers.set(id, inNewEpoch(known, { isInSync, leaderEndOffset, nowMs }))
      }
    }
  }

  /** Others lead, or nobody: what is still on its way is not for us. */
  end(): void {
    this.#isOver = true
    this.#cancelRetry()
  }

  get isr(): readonly number[] {
    return this.#state.isr
  }

  get partitionEpoch(): number {
    return this.#state.partitionEpoch
  }

  /** Where the log ended when the present epoch began. */
  get epochStartOffset(): number {
    return this.#epochStartOffset
  }

  // -- what is committed

  /** Whether acks=all is accepted: enough are in sync for certain. */
  get hasEnoughReplicas(): boolean {
    return hasEnoughReplicas(this.#state.isr, this.#minIsr)
  }

  /** Whether what is committed may be called so: counted with those whose joining is proposed. */
  get hadEnoughReplicas(): boolean {
    return hasEnoughReplicas(maximalIsr(this.#state), this.#minIsr)
  }

  get #minIsr(): number {
    return effectiveMinIsr(this.#options.minInSyncReplicas(), this.#followers.size + 1)
  }

  /** What this replica has for others to rely on: where `flush.messages` asks for the disk, what is there. */
  get #ownEndOffset(): number {
    const log = this.#log
    return log.isFlushDue ? log.recoveryPoint : log.logEndOffset
  }

  /** Moves the high watermark as far as it may go. @returns whether it moved */
  advance(): boolean {
    const log = this.#log
    const before = log.highWatermark
    const next = nextHighWatermark({
      current: before,
      leaderEndOffset: this.#ownEndOffset,
      followers: this.#progress(),
      maximalIsr: maximalIsr(this.#state),
      isUnderMinIsr: !this.hasEnoughReplicas,
    })
    return next !== before && log.updateHighWatermark(next) !== before
  }

  *#progress(): Iterable<ReplicaProgress> {
    if (this.#followers.size === 0) return
    const now = this.#now()
    for (const follower of this.#followers.values()) {
      const { brokerId, logEndOffset } = follower
      const isJoining = isCaughtUp(follower, now) && this.#isEligible(follower)
      yield { brokerId, logEndOffset, isJoining }
    }
  }

  #now() {
    const { clock, replication } = this.#options
    return {
      leaderEndOffset: this.#log.logEndOffset,
      nowMs: clock.monotonicMs(),
      lagTimeMaxMs: replication().lagTimeMaxMs,
    }
  }

  // -- followers

  /** Whether the leader waits for this broker's fetches. */
  isFollower(brokerId: number): boolean {
    return this.#followers.has(brokerId)
  }

  /** Takes note of a fetch that was found to be in order. */
  onFetch(brokerId: number, fetch: FollowerFetch): ErrorCode {
    const known = this.#followers.get(brokerId)
    if (known === undefined || isStaleFetch(known, fetch)) return ErrorCode.NOT_LEADER_OR_FOLLOWER
    const { leaderEndOffset, nowMs } = this.#now()
    const next = afterFetch(known, fetch, { leaderEndOffset, nowMs })
    this.#followers.set(brokerId, next)
    this.#expand(next)
    const hasMoved = next.logEndOffset !== known.logEndOffset
    if ((hasMoved && this.advance()) || next.logStartOffset !== known.logStartOffset) {
      this.#options.onProgress()
    }
    return ErrorCode.NONE
  }

  /** The least first offset of all replicas that live: what DeleteRecords waits for. */
  get lowWatermark(): number {
    const { cluster } = this.#options
    let least = this.#log.logStartOffset
    for (const { brokerId, logStartOffset } of this.#followers.values()) {
      const isAlive = cluster?.brokerEpochOf(brokerId) !== undefined
      if (isAlive) least = Math.min(least, logStartOffset)
    }
    return least
  }

  /** The replicas that have what a reader at `fetchOffset` wants. */
  *readable(fetchOffset: number): Iterable<ReadableReplica> {
    const { brokerId, cluster, clock } = this.#options
    const rackOf = (id: number): string | null => cluster?.rackOf(id) ?? null
    const nowMs = clock.monotonicMs()
    for (const follower of this.#followers.values()) {
      const { logStartOffset, logEndOffset } = follower
      if (!this.#state.isr.includes(follower.brokerId)) continue
      if (fetchOffset < logStartOffset || fetchOffset > logEndOffset) continue
      yield {
        ...{ brokerId: follower.brokerId, rack: rackOf(follower.brokerId), logEndOffset },
        ...{ behindMs: nowMs - follower.lastCaughtUpMs, isLeader: false },
      }
    }
    const { logEndOffset } = this.#log
    yield { brokerId, rack: rackOf(brokerId), logEndOffset, behindMs: 0, isLeader: true }
  }

  // -- who is in sync

  #isEligible({ brokerId, brokerEpoch }: FollowerProgress): boolean {
    const epoch = this.#options.cluster?.brokerEpochOf(brokerId)
    // One that fetched in an earlier life may have lost since what it had then (KIP-903).
    return epoch !== undefined && (brokerEpoch < 0 || epoch < 0 || epoch === brokerEpoch)
  }

  #expand(follower: FollowerProgress): void {
    const view = {
      highWatermark: this.#log.highWatermark,
      epochStartOffset: this.#epochStartOffset,
      isEligible: this.#isEligible(follower),
    }
    if (mayJoin(this.#state, follower, view)) {
      this.#propose([...this.#state.isr, follower.brokerId], 'expanding')
    }
  }

  /** Looks for followers that have stayed behind; asked every half `replica.lag.time.max.ms`. */
  shrink(): void {
    const lagging = laggingReplicas(this.#state, this.#followers.values(), this.#now())
    if (lagging.length === 0) return
    this.#propose(
      this.#state.isr.filter(id => !lagging.includes(id)),
      'shrinking',
    )
  }

  #propose(isr: readonly number[], change: 'expanding' | 'shrinking'): void {
    const { topic, partition, brokerId, logger } = this.#options
    const log = this.#log
    if (this.#options.cluster === undefined) return
    logger.info(
      `[Partition ${topic}-${partition} broker=${brokerId}] ${change === 'expanding' ? 'Expanding' : 'Shrinking'} ISR ` +
        `from ${this.#state.isr.join(',')} to ${isr.join(',')}.`,
      { highWatermark: log.highWatermark, endOffset: log.logEndOffset },
    )
    this.#state = { ...this.#state, proposed: isr }
    void this.#submit(this.#state)
  }

  async #submit(state: IsrState): Promise<void> {
    const outcome = await this.#ask(state)
    // Whatever came meanwhile, from the controller or of an end, is newer than this answer.
    if (this.#isOver || this.#state !== state) return
    const verdict = afterProposal(state, outcome)
    this.#state = verdict.state
    if (verdict.type === 'retry') {
      this.#retry = this.#options.clock.after(PROPOSAL_BACKOFF_MS, () => {
        if (!this.#isOver && this.#state === state) void this.#submit(state)
      })
      return
    }
    this.#report(verdict.type, outcome)
    this.#awaitsNews = verdict.type === 'ignored'
    if (this.#awaitsNews) return
    try {
      this.advance()
      this.#options.onProgress()
    } catch (error) {
      this.#options.onFailure(error)
    }
  }

  async #ask(state: IsrState): Promise<IsrOutcome | undefined> {
    const { topic, topicId, partition, cluster, brokerId } = this.#options
    const { leaderEpoch, partitionEpoch, proposed = [] } = state
    const epochOf = (id: number): number =>
      id === brokerId
        ? (cluster?.brokerEpochOf(id) ?? -1)
        : (this.#followers.get(id)?.brokerEpoch ?? -1)
    const isr = proposed.map(id => ({ brokerId: id, brokerEpoch: epochOf(id) }))
    try {
      return await cluster?.proposeIsr({
        ...{ topic, topicId: topicId(), partition, leaderEpoch, partitionEpoch, isr },
      })
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error
      return undefined
    }
  }

  #report(type: 'adopted' | 'withdrawn' | 'ignored', outcome: IsrOutcome | undefined): void {
    const { topic, partition, brokerId, logger } = this.#options
    const place = `[Partition ${topic}-${partition} broker=${brokerId}]`
    if (type === 'adopted') {
      const { isr, partitionEpoch } = this.#state
      const under = this.hasEnoughReplicas ? '' : ' (under-min-isr)'
      logger.info(
        `${place} ISR updated to ${isr.join(',')} ${under} and version updated to ${partitionEpoch}`,
      )
    } else logger.info(`${place} Failed to alter partition`, { outcome, state: type })
  }

  #cancelRetry(): void {
    this.#retry?.cancel()
    this.#retry = undefined
  }
}

function stateOf({ leaderEpoch, partitionEpoch, isr }: PartitionImage): IsrState {
  return { leaderEpoch, partitionEpoch, isr, proposed: undefined }
}
