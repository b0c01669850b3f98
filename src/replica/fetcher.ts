/**
 * Follows one leader for a share of the partitions: one request at a time, until there is nothing to
 * follow (Kafka's ReplicaFetcherThread). What an answer means is decided in `decide/`.
 */
import {
  NetworkError,
  StorageError,
  type Clock,
  type Log as Logger,
  type Timer,
} from '../host/index.ts'
import { ProtocolError } from '../bytes/index.ts'
import { ErrorCode, errorName, type FetchResponse } from '../protocol/index.ts'
import type { ReplicaCluster } from './cluster.ts'
import { followerStep, newPlace, type FollowerStep } from './decide/follower-step.ts'
import { FetchFromLeader, type WantedPartition } from './fetch-from-leader.ts'
import type { Partition } from './partition.ts'
import type { ReplicationThrottle } from './replication-throttle.ts'
import type { ReplicationSettings } from './replication-settings.ts'

/** `ListOffsets` times. */
const LATEST = -1
const EARLIEST = -2
/** Appending what came for many partitions gives the loop back after so long. */
const SLICE_MS = 4

export interface FetcherOptions {
  readonly brokerId: number
  readonly leaderId: number
  readonly index: number
  readonly clock: Clock
  readonly logger: Logger
  readonly cluster: ReplicaCluster
  readonly settings: () => ReplicationSettings
  readonly throttle: ReplicationThrottle
}

/** A partition that is followed here, in one term of its leader. */
interface Followed {
  /** `topic-partition` */
  readonly name: string
  readonly partition: Partition
  readonly leaderEpoch: number
  /** Our epochs are compared with the leader's before the first fetch, where the fetch itself does not tell. */
  mustCompare: boolean
  /** The leader had no more when it last answered. */
  isCaughtUp: boolean
  /** What was asked for last. */
  wanted: WantedPartition | undefined
  /** Monotonic: not asked for before. */
  notBeforeMs: number
}

type AnsweredPartition = FetchResponse['responses'][number]['partitions'][number]

export class Fetcher {
  readonly #options: FetcherOptions
  readonly #followed = new Map<string, Followed>()
  readonly #requests = new FetchFromLeader()
  #isRunning = false
  #isClosed = false
  #wake: (() => void) | undefined
  #timer: Timer | undefined

  constructor(options: FetcherOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#followed.size
  }

  get partitions(): Iterable<Partition> {
    return [...this.#followed.values()].map(({ partition }) => partition)
  }

  /** Follows on where the partition's log ends. */
  add(partition: Partition): void {
    const { cluster } = this.#options
    const name = nameOf(partition)
    this.#followed.set(name, {
      ...{ name, partition },
      leaderEpoch: partition.leaderEpoch,
      mustCompare: !cluster.tellsDivergence || partition.log.latestEpoch === undefined,
      isCaughtUp: false,
      wanted: undefined,
      notBeforeMs: 0,
    })
    this.#wakeUp()
    if (!this.#isRunning) void this.#run()
  }

  remove(partition: Partition): void {
    const name = nameOf(partition)
    if (this.#followed.get(name)?.partition === partition) this.#followed.delete(name)
  }

  /** What is on its way comes to nothing. */
  close(): void {
    this.#isClosed = true
    this.#followed.clear()
    this.#wakeUp()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    try {
      while (!this.#isClosed && this.#followed.size > 0) await this.#round()
    } finally {
      this.#isRunning = false
    }
  }

  async #round(): Promise<void> {
    const due = this.#due()
    if (due.length === 0) {
      await this.#pause()
      return
    }
    for (const followed of due) {
      const { following, log } = followed.partition
      if (!following.isBusy && log.damage === undefined) continue
      await this.#attempt(followed, () => this.#prepare(followed))
    }
    await this.#compare(due.filter(followed => followed.mustCompare && this.#isCurrent(followed)))
    const ready = due.filter(followed => !followed.mustCompare && this.#isReady(followed))
    if (ready.length > 0) await this.#fetch(ready)
  }

  #due(): Followed[] {
    return [...this.#followed.values()].filter(followed => this.#isReady(followed))
  }

  #isReady(followed: Followed): boolean {
    const nowMs = this.#options.clock.monotonicMs()
    const { partition, notBeforeMs } = followed
    if (!this.#isCurrent(followed) || notBeforeMs > nowMs) return false
    // One that lacks nothing is not held up: its next records are not a copy that is being made.
    if (followed.isCaughtUp) return true
    return !this.#options.throttle.mustWait(partition.topic, partition.partition)
  }

  /** Until something is added, or the first pause of a partition is over. */
  #pause(): Promise<void> {
    const { clock, settings } = this.#options
    let delayMs = settings().fetchBackoffMs
    for (const { notBeforeMs } of this.#followed.values()) {
      const leftMs = notBeforeMs - clock.monotonicMs()
      if (leftMs > 0) delayMs = Math.min(delayMs, leftMs)
    }
    return new Promise(resolve => {
      this.#wake = resolve
      this.#timer = clock.after(Math.max(1, delayMs), () => this.#wakeUp())
    })
  }

  #wakeUp(): void {
    this.#timer?.cancel()
    this.#wake?.()
    this.#wake = undefined
  }

  /** Whether this term still goes on: asked again after every wait. */
  #isCurrent(followed: Followed): boolean {
    const { name, partition, leaderEpoch } = followed
    return (
      this.#followed.get(name) === followed &&
      !partition.isLeader &&
      partition.leaderEpoch === leaderEpoch
    )
  }

  #delay(followed: Followed): void {
    followed.notBeforeMs =
      this.#options.clock.monotonicMs() + this.#options.settings().fetchBackoffMs
  }

  /** One partition's trouble is not the others'. */
  async #attempt(followed: Followed, action: () => Promise<void>): Promise<void> {
    try {
      await action()
    } catch (error) {
      this.#onError(followed, error)
    }
  }

  #onError(followed: Followed, error: unknown): void {
    const { partition } = followed
    if (error instanceof NetworkError) this.#delay(followed)
    else if (error instanceof StorageError) {
      if (!this.#isCurrent(followed)) return
      this.remove(partition)
      partition.fail()
      this.#log('error', followed, 'its disk has failed, it is followed no longer', { error })
    } else if (error instanceof ProtocolError) {
      this.#delay(followed)
      this.#log('error', followed, 'the leader sent what is no batch', { error })
    } else throw error
  }

  /** An earlier cut has to end first, and damage is not replicated around. */
  async #prepare(followed: Followed): Promise<void> {
    const { following, log } = followed.partition
    if (following.isBusy) await following.settled()
    if (log.damage === undefined || !this.#isCurrent(followed)) return
    const { offset } = log.damage
    await following.dropDamaged()
    this.#log('warn', followed, 'dropped its damaged end, to be fetched again', { offset })
  }

  // -- comparing epochs before the first fetch

  async #compare(due: readonly Followed[]): Promise<void> {
    const { cluster, leaderId, index, brokerId } = this.#options
    const asked: Followed[] = []
    for (const followed of due) {
      const knowsEpochs = cluster.knowsLeaderEpochs && epochOf(followed) >= 0
      if (knowsEpochs) asked.push(followed)
      else await this.#attempt(followed, () => this.#cutToHighWatermark(followed))
    }
    if (asked.length === 0) return
    const questions = new Map(asked.map(followed => [followed.name, followed]))
    try {
      const { topics } = await cluster.endOffsets(leaderId, index, {
        replicaId: brokerId,
        topics: asked.map(followed => ({
          topic: followed.partition.topic,
          partitions: [
            {
              partition: followed.partition.partition,
              currentLeaderEpoch: followed.leaderEpoch,
              leaderEpoch: epochOf(followed),
            },
          ],
        })),
      })
      for (const { topic, partitions } of topics) {
        for (const { partition, errorCode, leaderEpoch, endOffset } of partitions) {
          const followed = questions.get(`${topic}-${partition}`)
          if (followed === undefined) continue
          questions.delete(`${topic}-${partition}`)
          await this.#attempt(followed, () =>
            this.#cut(followed, errorCode, { epoch: leaderEpoch, endOffset }),
          )
        }
      }
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error
      this.#unreachable(error)
    }
    // Whatever was not answered is asked again, later.
    for (const followed of questions.values()) this.#delay(followed)
  }

  async #cut(
    followed: Followed,
    errorCode: number,
    end: { epoch: number; endOffset: number },
  ): Promise<void> {
    if (!this.#isCurrent(followed)) return
    if (errorCode !== ErrorCode.NONE) {
      if (errorCode === ErrorCode.FENCED_LEADER_EPOCH) this.#fenced(followed)
      else this.#delay(followed)
      return
    }
    const isComplete = await this.#logged(followed, () => followed.partition.following.cutTo(end))
    if (isComplete) followed.mustCompare = false
  }

  /** Without epochs the high watermark is all there is to go by. */
  async #cutToHighWatermark(followed: Followed): Promise<void> {
    const { following, log } = followed.partition
    await this.#logged(followed, async () => {
      await following.cutToOffset(log.highWatermark)
      return true
    })
    followed.mustCompare = false
  }

  async #logged(followed: Followed, cut: () => Promise<boolean>): Promise<boolean> {
    const { log } = followed.partition
    const { logEndOffset, highWatermark } = log
    const isComplete = await cut()
    if (log.logEndOffset < logEndOffset) {
      const details = { from: logEndOffset, to: log.logEndOffset, highWatermark }
      const level = log.logEndOffset < highWatermark ? 'warn' : 'info'
      this.#log(level, followed, 'truncated to what the leader has', details)
    }
    return isComplete
  }

  // -- fetching

  async #fetch(ready: readonly Followed[]): Promise<void> {
    const { cluster, leaderId, index, brokerId } = this.#options
    const { fetchWaitMaxMs, fetchMinBytes, fetchResponseMaxBytes } = this.#options.settings()
    const wanted = ready.map(followed => this.#want(followed))
    const { knowsFetchSessions: withSession } = cluster
    try {
      const answer = await cluster.fetch(leaderId, index, {
        replicaId: brokerId,
        maxWaitMs: fetchWaitMaxMs,
        minBytes: fetchMinBytes,
        maxBytes: fetchResponseMaxBytes,
        isolationLevel: 0,
        ...this.#requests.next(wanted, { withSession }),
      })
      if (this.#requests.onAnswer(answer)) await this.#takeAnswer(answer)
      else this.#refused(ready, answer.errorCode)
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error
      this.#requests.onFailure()
      this.#unreachable(error)
      for (const followed of ready) this.#delay(followed)
    }
  }

  /** The same object as long as nothing has changed: a broker may follow thousands of idle partitions. */
  #want(followed: Followed): WantedPartition {
    const { name, partition, leaderEpoch: currentLeaderEpoch } = followed
    const { log, topicId } = partition
    const { logEndOffset: fetchOffset, logStartOffset } = log
    const lastFetchedEpoch = this.#options.cluster.tellsDivergence ? (log.latestEpoch ?? -1) : -1
    const partitionMaxBytes = this.#options.settings().fetchMaxBytes
    const last = followed.wanted
    const isSame =
      last?.fetchOffset === fetchOffset &&
      last.logStartOffset === logStartOffset &&
      last.lastFetchedEpoch === lastFetchedEpoch &&
      last.topicId === topicId &&
      last.partitionMaxBytes === partitionMaxBytes
    if (isSame) return last
    followed.wanted = {
      ...{ name, topic: partition.topic, topicId, partition: partition.partition },
      ...{ currentLeaderEpoch, fetchOffset, lastFetchedEpoch, logStartOffset, partitionMaxBytes },
    }
    return followed.wanted
  }

  /** A lost session is made anew at once; any other refusal is waited out. */
  #refused(ready: readonly Followed[], errorCode: number): void {
    const { leaderId, logger, brokerId, index } = this.#options
    logger.info(
      `[ReplicaFetcher replicaId=${brokerId}, leaderId=${leaderId}, fetcherId=${index}] the fetch was refused`,
      { error: errorName(errorCode) },
    )
    const isLostSession =
      errorCode === ErrorCode.FETCH_SESSION_ID_NOT_FOUND ||
      errorCode === ErrorCode.INVALID_FETCH_SESSION_EPOCH
    if (!isLostSession) for (const followed of ready) this.#delay(followed)
  }

  async #takeAnswer({ responses }: FetchResponse): Promise<void> {
    const { clock } = this.#options
    let untilMs = clock.monotonicMs() + SLICE_MS
    for (const { topic, partitions } of responses) {
      for (const answer of partitions) {
        // One that was added meanwhile was not asked for yet.
        const followed = this.#followed.get(`${topic}-${answer.partitionIndex}`)
        if (followed?.wanted === undefined) continue
        const { fetchOffset } = followed.wanted
        await this.#attempt(followed, () => this.#take(followed, fetchOffset, answer))
        if (clock.monotonicMs() < untilMs) continue
        await new Promise<void>(resolve => clock.soon(resolve))
        untilMs = clock.monotonicMs() + SLICE_MS
      }
    }
  }

  async #take(followed: Followed, fetchOffset: number, answer: AnsweredPartition): Promise<void> {
    if (!this.#isCurrent(followed)) return
    const { partition, leaderEpoch } = followed
    const step = followerStep(
      {
        ...{ fetchOffset, leaderEpoch },
        currentLeaderEpoch: partition.leaderEpoch,
        logEndOffset: partition.log.logEndOffset,
      },
      answer,
    )
    await this.#act(followed, step, answer)
  }

  async #act(followed: Followed, step: FollowerStep, answer: AnsweredPartition): Promise<void> {
    const { following } = followed.partition
    switch (step.type) {
      case 'append':
        await this.#append(followed, answer)
        return
      case 'cut':
        await this.#logged(followed, () => following.cutTo(step.end))
        return
      case 'find-place':
        await this.#findPlace(followed)
        return
      case 'fenced':
        this.#fenced(followed)
        return
      case 'pause':
        this.#delay(followed)
        if (!step.isExpected) {
          const error = errorName(answer.errorCode)
          this.#log('error', followed, 'the leader answered with an error', { error })
        }
        return
      case 'ignore':
        return
    }
  }

  async #append(followed: Followed, answer: AnsweredPartition): Promise<void> {
    const { partition } = followed
    const { records, highWatermark, logStartOffset } = answer
    this.#options.throttle.record(partition.topic, partition.partition, records?.length ?? 0)
    const errorCode = await partition.following.append({ records, highWatermark, logStartOffset })
    followed.isCaughtUp = partition.log.logEndOffset >= highWatermark
    if (errorCode === ErrorCode.NONE || !this.#isCurrent(followed)) return
    this.#delay(followed)
    const error = errorName(errorCode)
    this.#log('error', followed, 'what the leader sent cannot be appended', { error })
  }

  /** Asks where the leader's log lies, and goes there. */
  async #findPlace(followed: Followed): Promise<void> {
    const { following } = followed.partition
    const endOffset = await this.#offsetOf(followed, LATEST)
    if (endOffset === undefined || !this.#isCurrent(followed)) return
    const isCut = endOffset < followed.partition.log.logEndOffset
    const startOffset = isCut ? 0 : await this.#offsetOf(followed, EARLIEST)
    if (startOffset === undefined || !this.#isCurrent(followed)) return
    const { log } = followed.partition
    const place = newPlace(log.logEndOffset, { startOffset, endOffset })
    const details = { from: log.logEndOffset, to: place }
    this.#log('warn', followed, "is out of its leader's range", details)
    if (place.type === 'cut') await following.cutToOffset(place.offset)
    else if (place.type === 'restart') await following.restartAt(place.offset)
    else this.#delay(followed)
  }

  /** @returns `undefined` when the leader does not say: the partition pauses */
  async #offsetOf(followed: Followed, timestamp: number): Promise<number | undefined> {
    const { cluster, leaderId, index, brokerId } = this.#options
    const { topic, partition: partitionIndex } = followed.partition
    const currentLeaderEpoch = followed.leaderEpoch
    const { topics } = await cluster.listOffsets(leaderId, index, {
      replicaId: brokerId,
      isolationLevel: 0,
      topics: [{ name: topic, partitions: [{ partitionIndex, currentLeaderEpoch, timestamp }] }],
    })
    const answer = topics[0]?.partitions[0]
    if (answer?.errorCode === ErrorCode.NONE && answer.offset >= 0) return answer.offset
    this.#delay(followed)
    return undefined
  }

  /** Our term is over, only we do not know the next one yet. */
  #fenced(followed: Followed): void {
    this.remove(followed.partition)
    this.#log('info', followed, 'is fenced: a newer leader epoch is known', {
      leaderEpoch: followed.leaderEpoch,
    })
  }

  #unreachable(error: NetworkError): void {
    const { leaderId, logger, brokerId, index } = this.#options
    logger.warn(
      `[ReplicaFetcher replicaId=${brokerId}, leaderId=${leaderId}, fetcherId=${index}] Error in response for fetch request`,
      { reason: error.message },
    )
  }

  #log(
    level: 'info' | 'warn' | 'error',
    { partition }: Followed,
    event: string,
    details: Record<string, unknown>,
  ): void {
    const { leaderId, logger, brokerId, index } = this.#options
    logger[level](
      `[ReplicaFetcher replicaId=${brokerId}, leaderId=${leaderId}, fetcherId=${index}] ${nameOf(partition)} ${event}`,
      details,
    )
  }
}

function nameOf({ topic, partition }: Partition): string {
  return `${topic}-${partition}`
}

function epochOf({ partition }: Followed): number {
  return partition.log.latestEpoch ?? -1
}
