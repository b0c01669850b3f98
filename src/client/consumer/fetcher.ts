/** Fetches from the leaders of assigned partitions, one request a broker at a time. Mirrors Fetcher. */
import {
  ErrorCode,
  FetchRequest,
  FetchResponse,
  isRetriable,
  type MessageInput,
} from '../../protocol/index.ts'
import { apiCall } from '../connection/api-call.ts'
import type { Cluster } from '../connection/cluster.ts'
import { partitionIn } from '../connection/cluster-view.ts'
import { isolationNumber } from '../connection/list-offsets.ts'
import type { MetadataCache } from '../connection/metadata-cache.ts'
import { fetchedTopic } from '../connection/shapes.ts'
import { isWorthRetrying, KafkaError, toKafkaError } from '../errors.ts'
import { groupBy, nameOf } from '../topic-partition.ts'
import type { ConsumerRecord } from './consumer.ts'
import { FetchedRecords } from './fetched-records.ts'
import type { FetcherSettings } from './fetcher-settings.ts'
import { FetchSession, type FetchPlan, type FetchWish } from './fetch-session.ts'
import type { PartitionState, Subscription } from './subscription.ts'
import { isDoubtful } from './truncation.ts'

/** Topics by id (KIP-516) where metadata has told all ids, else by name. */
const fetchById = apiCall(FetchRequest, FetchResponse)
const fetchByName = apiCall(FetchRequest, FetchResponse, { to: 12 })

/** `R` is a record as the caller gets it. */
export interface FetcherOptions<R> {
  readonly cluster: Cluster
  readonly metadata: MetadataCache
  readonly subscription: Subscription
  readonly settings: FetcherSettings
  /** @throws KafkaError for a record that cannot be given; it comes again until the caller seeks past it */
  readonly decode: (record: ConsumerRecord) => R
  /** Something came, or another attempt makes sense. */
  readonly onProgress: () => void
}

interface Target extends FetchWish {
  readonly state: PartitionState
}

type Answered = FetchResponse['responses'][number]['partitions'][number]

export class Fetcher<R> {
  readonly #options: FetcherOptions<R>
  readonly #sessions = new Map<number, FetchSession<Target>>()
  /** Brokers with a request under way. */
  readonly #busy = new Set<number>()
  /** Brokers that failed are left alone until then, by the monotonic clock. */
  readonly #notBeforeMs = new Map<number, number>()

  constructor(options: FetcherOptions<R>) {
    this.#options = options
  }

  /** Asks every broker that has something to be fetched and is not being asked. */
  sendFetches(): void {
    const nowMs = this.#options.cluster.host.clock.monotonicMs()
    for (const [brokerId, targets] of this.#targets()) {
      if (this.#busy.has(brokerId) || (this.#notBeforeMs.get(brokerId) ?? 0) > nowMs) continue
      this.#busy.add(brokerId)
      for (const { state } of targets) state.isFetching = true
      this.#fetch(brokerId, targets)
        .catch((error: unknown) => this.#failed(brokerId, targets, error))
        .finally(() => {
          this.#busy.delete(brokerId)
          for (const { state } of targets) state.isFetching = false
          this.#options.onProgress()
        })
        .catch((error: unknown) => this.#options.cluster.log.error('fetch failed', { error }))
    }
  }

  /**
   * Records that have come, at most `max.poll.records`; positions move behind them.
   *
   * @throws KafkaError for a partition that cannot be read on, when there is nothing else to give
   */
  collect(): R[] {
    const { subscription, settings } = this.#options
    const records: R[] = []
    for (const state of subscription.partitions) {
      if (state.isPaused) continue
      if (state.error !== undefined) {
        if (records.length > 0) return records
        const { error } = state
        state.error = undefined
        throw error
      }
      this.#take(state, records)
      if (records.length >= settings.maxPollRecords) return records
    }
    return records
  }

  #take(state: PartitionState, records: R[]): void {
    const { fetched } = state
    if (fetched === undefined) return
    const { maxPollRecords } = this.#options.settings
    try {
      while (records.length < maxPollRecords && state.fetched !== undefined) {
        this.#takeOne(state, fetched, records)
      }
    } catch (error) {
      state.fetched = undefined
      if (records.length === 0) throw error
      // What could be read comes first; the next fetch meets the same record again.
    }
  }

  /** The position moves behind what is handed out or hidden, not behind what cannot be decoded. */
  #takeOne(state: PartitionState, fetched: FetchedRecords, records: R[]): void {
    let record: ConsumerRecord | undefined
    try {
      record = fetched.next()
    } finally {
      state.position = fetched.nextOffset
    }
    if (record === undefined) {
      state.fetched = undefined
      // Markers and what was aborted may have come in a later epoch than the last record.
      if (fetched.nextEpoch >= 0) state.positionEpoch = fetched.nextEpoch
      return
    }
    state.position = record.offset
    records.push(this.#options.decode(record))
    state.position = fetched.nextOffset
    state.positionEpoch = record.leaderEpoch
  }

  #targets(): Map<number, Target[]> {
    const { metadata, subscription } = this.#options
    const targets = new Map<number, Target[]>()
    for (const state of subscription.partitions) {
      const { topic, partition, position } = state
      const isIdle = !state.isPaused && !state.isFetching && state.fetched === undefined
      if (!isIdle || position === undefined || state.error !== undefined) continue
      if (isDoubtful(state, metadata)) continue
      const view = partitionIn(metadata.view, topic, partition)
      const brokerId = this.#preferredReplica(state) ?? view?.leaderId ?? -1
      if (view === undefined || brokerId < 0) {
        metadata.refreshSoon()
        continue
      }
      const target = {
        state,
        topic,
        partition,
        fetchOffset: position,
        leaderEpoch: view.leaderEpoch,
        topicId: metadata.view.topics.get(topic)?.topicId,
      }
      targets.set(brokerId, [...(targets.get(brokerId) ?? []), target])
    }
    return targets
  }

  /** As long as it is to be believed, and known. */
  #preferredReplica({ preferredReplica }: PartitionState): number | undefined {
    const { cluster } = this.#options
    if (preferredReplica === undefined) return undefined
    const { brokerId, untilMs } = preferredReplica
    const isValid = untilMs > cluster.host.clock.monotonicMs() && cluster.view.brokers.has(brokerId)
    return isValid ? brokerId : undefined
  }

  async #fetch(brokerId: number, targets: readonly Target[]): Promise<void> {
    const { cluster, settings } = this.#options
    const session = this.#sessionOf(brokerId)
    const knowsIds = targets.every(({ topicId }) => topicId !== undefined)
    const connection = await cluster.connectionTo(brokerId)
    const plan = session.plan(targets)
    try {
      const { body } = await connection.send(
        knowsIds ? fetchById : fetchByName,
        version => this.#bodyOf(plan, version),
        { timeoutMs: settings.maxWaitMs + cluster.settings.requestTimeoutMs },
      )
      if (session.answered(body)) this.#accept(body, targets)
      else if (!sessionErrors.has(body.errorCode)) throw KafkaError.of(body.errorCode)
    } catch (error) {
      session.failed()
      throw error
    }
  }

  #sessionOf(brokerId: number): FetchSession<Target> {
    let session = this.#sessions.get(brokerId)
    if (session === undefined) this.#sessions.set(brokerId, (session = new FetchSession()))
    return session
  }

  #bodyOf(
    { sessionId, sessionEpoch, wishes, forgotten }: FetchPlan<Target>,
    version: number,
  ): MessageInput<typeof FetchRequest> {
    const { settings } = this.#options
    return {
      maxWaitMs: settings.maxWaitMs,
      minBytes: settings.minBytes,
      maxBytes: settings.maxBytes,
      isolationLevel: isolationNumber(settings.isolationLevel),
      sessionId,
      sessionEpoch,
      rackId: settings.rackId,
      topics: topicsOf(wishes, version, ({ partition, leaderEpoch, fetchOffset }) => ({
        partition,
        currentLeaderEpoch: leaderEpoch,
        fetchOffset,
        partitionMaxBytes: settings.partitionMaxBytes,
      })),
      forgottenTopicsData: topicsOf(forgotten, version, ({ partition }) => partition),
    }
  }

  /** Lets brokers forget; one that is being asked drops the session by itself when it needs the room. */
  async close(): Promise<void> {
    const { cluster } = this.#options
    const endings = [...this.#sessions].map(async ([brokerId, session]) => {
      const isIdle = session.isOpen && !this.#busy.has(brokerId)
      const connection = isIdle ? cluster.openConnectionTo(brokerId) : undefined
      await connection?.send(fetchByName, version => this.#bodyOf(session.end(), version))
    })
    await Promise.all(endings)
  }

  #accept({ responses }: FetchResponse, targets: readonly Target[]): void {
    const topicOfId = new Map(targets.map(({ topicId, state }) => [topicId, state.topic]))
    const byName = new Map(targets.map(target => [nameOf(target.state), target]))
    for (const { topic, topicId, partitions } of responses) {
      const name = topic === '' ? topicOfId.get(topicId) : topic
      for (const answered of partitions) {
        const key = nameOf({ topic: name ?? '', partition: answered.partitionIndex })
        const target = byName.get(key)
        if (target !== undefined) this.#acceptPartition(target, answered)
      }
    }
  }

  #acceptPartition({ state, fetchOffset }: Target, answered: Answered): void {
    const { subscription, settings } = this.#options
    // Sought elsewhere or given up meanwhile.
    if (subscription.find(state) !== state || state.position !== fetchOffset) return
    if (answered.errorCode !== ErrorCode.NONE) {
      this.#refused(state, answered.errorCode)
      return
    }
    if (answered.preferredReadReplica >= 0) {
      const { clock } = this.#options.cluster.host
      state.preferredReplica = {
        brokerId: answered.preferredReadReplica,
        untilMs: clock.monotonicMs() + this.#options.cluster.settings.metadataMaxAgeMs,
      }
      return
    }
    const { highWatermark, lastStableOffset, abortedTransactions, records } = answered
    state.endOffset =
      settings.isolationLevel === 'read_committed' ? lastStableOffset : highWatermark
    if (records === null || records.length === 0) return
    state.fetched = new FetchedRecords({
      topicPartition: { topic: state.topic, partition: state.partition },
      records,
      firstOffset: fetchOffset,
      isolationLevel: settings.isolationLevel,
      abortedTransactions: abortedTransactions ?? [],
      checksCrcs: settings.checksCrcs,
    })
  }

  #refused(state: PartitionState, errorCode: number): void {
    const { metadata, settings, subscription } = this.#options
    const wasPreferred = state.preferredReplica !== undefined
    state.preferredReplica = undefined
    if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) {
      // A follower may lag: the leader has the last word (KIP-392).
      if (wasPreferred) return
      if (settings.resetTo !== undefined) {
        this.#options.cluster.log.info('fetch position is out of range, resetting offset', {
          partition: nameOf(state),
          position: state.position,
        })
        subscription.seekTo(state, settings.resetTo)
        return
      }
      const message =
        'Offsets out of range with no configured reset policy for partitions: ' +
        `{${nameOf(state)}=${state.position}}`
      state.error = new KafkaError('OUT_OF_RANGE_WITHOUT_RESET', message)
    } else if (isRetriable(errorCode) && errorCode !== ErrorCode.CORRUPT_MESSAGE) {
      metadata.refreshSoon()
      this.#pause(state)
    } else if (errorCode === ErrorCode.TOPIC_AUTHORIZATION_FAILED) {
      const message = `Not authorized to access topics: [${state.topic}]`
      state.error = new KafkaError('TOPIC_AUTHORIZATION_FAILED', message)
    } else if (errorCode === ErrorCode.CORRUPT_MESSAGE) {
      const message =
        'Encountered corrupt message when fetching offset ' +
        `${state.position} for topic-partition ${nameOf(state)}`
      state.error = new KafkaError('KAFKA_ERROR', message, { cause: KafkaError.of(errorCode) })
    } else {
      metadata.refreshSoon()
      this.#pause(state)
    }
  }

  /** Its broker is asked again after a while. */
  #pause(state: PartitionState): void {
    const { metadata } = this.#options
    const leaderId = partitionIn(metadata.view, state.topic, state.partition)?.leaderId
    if (leaderId !== undefined) this.#leaveAlone(leaderId)
  }

  #leaveAlone(brokerId: number): void {
    const { cluster, onProgress } = this.#options
    const pauseMs = cluster.settings.retryBackoff.firstMs
    this.#notBeforeMs.set(brokerId, cluster.host.clock.monotonicMs() + pauseMs)
    cluster.host.clock.after(pauseMs, onProgress)
  }

  #failed(brokerId: number, targets: readonly Target[], error: unknown): void {
    const { cluster, metadata } = this.#options
    if (cluster.isClosed) return
    for (const { state } of targets) state.preferredReplica = undefined
    this.#leaveAlone(brokerId)
    metadata.refreshSoon()
    if (isWorthRetrying(error)) return
    for (const { state } of targets) state.error = toKafkaError(error)
  }
}

/** The session is not what it was: the next request begins another, at once. */
const sessionErrors = new Set<number>([
  ErrorCode.FETCH_SESSION_ID_NOT_FOUND,
  ErrorCode.INVALID_FETCH_SESSION_EPOCH,
])

/** By topic, named as the version does; a topic that was made anew stands twice, under either id. */
function topicsOf<T>(
  wishes: readonly FetchWish[],
  version: number,
  partitionOf: (wish: FetchWish) => T,
) {
  const groups = groupBy(wishes, ({ topic, topicId }) => topicId ?? topic)
  return Array.from(groups.values(), group => ({
    ...fetchedTopic({ topic: group[0]?.topic ?? '', topicId: group[0]?.topicId }, version),
    partitions: group.map(partitionOf),
  }))
}
