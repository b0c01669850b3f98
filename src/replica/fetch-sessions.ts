/**
 * Incremental fetches (KIP-227): a reader names its partitions once and afterwards only what
 * changed; the answer leaves out partitions that have nothing new. The cache is bounded by
 * `max.incremental.fetch.session.cache.slots`; who finds no slot fetches without a session.
 */
import type { Clock, Random } from '../host/index.ts'
import { ZERO_UUID } from '../protocol/index.ts'

/** A partition as one reader wants it. */
export interface FetchPartition {
  readonly topic: string
  /** The zero id for readers that fetch by name. */
  readonly topicId: string
  readonly partition: number
  readonly fetchOffset: number
  readonly currentLeaderEpoch: number
  readonly lastFetchedEpoch: number
  readonly logStartOffset: number
  readonly maxBytes: number
}

/** What of a partition's answer decides whether a reader with a session is told. */
export interface FetchedState {
  readonly errorCode: number
  readonly highWatermark: number
  readonly logStartOffset: number
  readonly sizeBytes: number
  /** Something to tell beside records: a diverging epoch, a preferred replica, a new leader. */
  readonly hasNews: boolean
}

export interface FetchSessionRequest {
  readonly sessionId: number
  readonly sessionEpoch: number
  readonly partitions: readonly FetchPartition[]
  readonly forgotten: readonly { topic: string; topicId: string; partition: number }[]
  readonly usesTopicIds: boolean
  /** A follower's fetch: its session may push out a consumer's. */
  readonly isFollower: boolean
}

export type SessionProblem = 'session-not-found' | 'wrong-epoch' | 'topic-id-mismatch'

/** One fetch in its session, or outside of any. */
export interface FetchRound {
  readonly partitions: readonly FetchPartition[]
  /** 0: no session. */
  readonly sessionId: number
  /** True when the partition belongs into this answer. Called once for each, in the order of `partitions`. */
  includes(partition: FetchPartition, state: FetchedState): boolean
}

/** KIP-227's MIN_INCREMENTAL_FETCH_SESSION_EVICTION_MS: who was active within it is not pushed out by an equal. */
const EVICTABLE_AFTER_MS = 120_000
const FINAL_EPOCH = -1
const INITIAL_EPOCH = 0

interface CachedPartition {
  wanted: FetchPartition
  highWatermark: number
  logStartOffset: number
}

interface FetchSession {
  readonly id: number
  readonly usesTopicIds: boolean
  readonly isFollower: boolean
  readonly createdMs: number
  lastUsedMs: number
  epoch: number
  /** In the order in which they are read: who got records goes to the end, so that all get their turn. */
  readonly partitions: Map<string, CachedPartition>
}

export class FetchSessions {
  readonly #clock: Clock
  readonly #random: Random
  readonly #maxSlots: number
  readonly #sessions = new Map<number, FetchSession>()

  constructor(options: { clock: Clock; random: Random; maxSlots: number }) {
    this.#clock = options.clock
    this.#random = options.random
    this.#maxSlots = options.maxSlots
  }

  get size(): number {
    return this.#sessions.size
  }

  begin(request: FetchSessionRequest): FetchRound | SessionProblem {
    if (request.sessionEpoch > INITIAL_EPOCH) return this.#continue(request)
    // Both a full and a final fetch end the session they name.
    this.#sessions.delete(request.sessionId)
    if (request.sessionEpoch === FINAL_EPOCH) return withoutSession(request.partitions)
    return this.#open(request)
  }

  #open(request: FetchSessionRequest): FetchRound {
    if (request.partitions.length === 0 || !this.#makeRoom(request)) {
      return withoutSession(request.partitions)
    }
    const nowMs = this.#clock.monotonicMs()
    const session: FetchSession = {
      id: this.#freshId(),
      usesTopicIds: request.usesTopicIds,
      isFollower: request.isFollower,
      createdMs: nowMs,
      lastUsedMs: nowMs,
      epoch: 1,
      partitions: new Map(request.partitions.map(wanted => [keyOf(wanted), cached(wanted)])),
    }
    this.#sessions.set(session.id, session)
    return {
      partitions: request.partitions,
      sessionId: session.id,
      includes: (partition, state) => {
        remember(session, partition, state)
        return true
      },
    }
  }

  #continue(request: FetchSessionRequest): FetchRound | SessionProblem {
    const session = this.#sessions.get(request.sessionId)
    if (session === undefined) return 'session-not-found'
    if (session.epoch !== request.sessionEpoch) return 'wrong-epoch'
    if (session.usesTopicIds !== request.usesTopicIds) return 'topic-id-mismatch'
    session.epoch = session.epoch === 0x7fffffff ? 1 : session.epoch + 1
    session.lastUsedMs = this.#clock.monotonicMs()
    update(session, request)
    if (session.partitions.size === 0) this.#sessions.delete(session.id)
    return {
      partitions: [...session.partitions.values()].map(partition => partition.wanted),
      sessionId: session.partitions.size === 0 ? 0 : session.id,
      includes: (partition: FetchPartition, state: FetchedState) =>
        remember(session, partition, state),
    }
  }

  /** A free slot, or one taken from a session that waited long, or from a consumer for a follower. */
  #makeRoom(request: FetchSessionRequest): boolean {
    if (this.#sessions.size < this.#maxSlots) return true
    const latestMs = this.#clock.monotonicMs() - EVICTABLE_AFTER_MS
    for (const session of this.#sessions.values()) {
      const isStale = session.lastUsedMs <= latestMs
      const isLesser = request.isFollower && !session.isFollower && session.createdMs <= latestMs
      if (isStale || isLesser) return this.#sessions.delete(session.id)
    }
    return false
  }

  #freshId(): number {
    for (;;) {
      const id = 1 + this.#random.below(0x7fffffff)
      if (!this.#sessions.has(id)) return id
    }
  }
}

function withoutSession(partitions: readonly FetchPartition[]): FetchRound {
  return { partitions, sessionId: 0, includes: () => true }
}

/** By id where there is one: the name may not be known yet when a session begins. */
function keyOf({
  topic,
  topicId,
  partition,
}: {
  topic: string
  topicId: string
  partition: number
}): string {
  return `${topicId === ZERO_UUID ? topic : topicId}/${partition}`
}

function cached(wanted: FetchPartition): CachedPartition {
  return { wanted, highWatermark: -1, logStartOffset: -1 }
}

function update(session: FetchSession, request: FetchSessionRequest): void {
  for (const wanted of request.partitions) {
    const known = session.partitions.get(keyOf(wanted))
    if (known === undefined) session.partitions.set(keyOf(wanted), cached(wanted))
    else known.wanted = wanted
  }
  for (const forgotten of request.forgotten) session.partitions.delete(keyOf(forgotten))
}

/** Notes what the reader is told. @returns whether there is anything to tell */
function remember(session: FetchSession, partition: FetchPartition, state: FetchedState): boolean {
  const key = keyOf(partition)
  const known = session.partitions.get(key)
  if (known === undefined) return true
  const isChanged =
    state.highWatermark !== known.highWatermark || state.logStartOffset !== known.logStartOffset
  known.highWatermark = state.highWatermark
  known.logStartOffset = state.logStartOffset
  if (state.sizeBytes > 0) {
    session.partitions.delete(key)
    session.partitions.set(key, known)
  }
  if (state.errorCode !== 0) {
    // Told again and again, until it is gone.
    known.highWatermark = -1
    return true
  }
  return isChanged || state.sizeBytes > 0 || state.hasNews
}
