/**
 * The requests of one fetcher: incremental, as far as the leader keeps a session for it (KIP-227, the
 * asking side; Kafka's FetchSessionHandler).
 */
import { ErrorCode, type FetchRequest, type MessageInput } from '../protocol/index.ts'

/** A partition as the fetcher wants it now. */
export interface WantedPartition {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly currentLeaderEpoch: number
  readonly fetchOffset: number
  readonly lastFetchedEpoch: number
  readonly logStartOffset: number
  readonly partitionMaxBytes: number
}

type RequestTopics = Pick<
  MessageInput<typeof FetchRequest>,
  'sessionId' | 'sessionEpoch' | 'topics' | 'forgottenTopicsData'
>

const INITIAL_EPOCH = 0
const FINAL_EPOCH = -1

export class FetchFromLeader {
  /** What the leader's session holds, by partition. */
  #known = new Map<string, WantedPartition>()
  #sessionId = 0
  #epoch = INITIAL_EPOCH

  /** All that is wanted now, said as shortly as the session allows. */
  next(wanted: readonly WantedPartition[], { withSession }: { withSession: boolean }) {
    const isFull = !withSession || this.#sessionId === 0 || this.#epoch === INITIAL_EPOCH
    return isFull ? this.#full(wanted, withSession) : this.#incremental(wanted)
  }

  #full(wanted: readonly WantedPartition[], withSession: boolean): RequestTopics {
    const sessionId = withSession ? this.#sessionId : 0
    this.#known = new Map(wanted.map(partition => [keyOf(partition), partition]))
    const sessionEpoch = withSession ? INITIAL_EPOCH : FINAL_EPOCH
    return { sessionId, sessionEpoch, topics: byTopic(wanted), forgottenTopicsData: [] }
  }

  #incremental(wanted: readonly WantedPartition[]): RequestTopics {
    const gone = new Map(this.#known)
    const changed: WantedPartition[] = []
    for (const partition of wanted) {
      const key = keyOf(partition)
      const known = gone.get(key)
      gone.delete(key)
      if (known === undefined || !isSame(known, partition)) changed.push(partition)
      this.#known.set(key, partition)
    }
    for (const key of gone.keys()) this.#known.delete(key)
    return {
      sessionId: this.#sessionId,
      sessionEpoch: this.#epoch,
      topics: byTopic(changed),
      forgottenTopicsData: [...gone.values()].map(({ topic, topicId, partition }) => ({
        ...{ topic, topicId },
        partitions: [partition],
      })),
    }
  }

  /** Takes note of an answer. @returns whether it holds anything */
  onAnswer({ errorCode, sessionId }: { errorCode: number; sessionId: number }): boolean {
    if (errorCode !== ErrorCode.NONE) {
      // A session that is gone needs no closing; any other is closed by the full fetch that names it.
      if (errorCode === ErrorCode.FETCH_SESSION_ID_NOT_FOUND) this.#sessionId = 0
      this.#epoch = INITIAL_EPOCH
      return false
    }
    if (sessionId === 0 || (this.#sessionId !== sessionId && this.#epoch !== INITIAL_EPOCH)) {
      this.#forget()
      return true
    }
    this.#sessionId = sessionId
    this.#epoch = this.#epoch === 0x7fff_ffff ? 1 : this.#epoch + 1
    return true
  }

  /** No answer came: how far the leader's session got is not known. */
  onFailure(): void {
    this.#epoch = INITIAL_EPOCH
  }

  #forget(): void {
    this.#sessionId = 0
    this.#epoch = INITIAL_EPOCH
  }
}

function keyOf({ topic, topicId, partition }: WantedPartition): string {
  return `${topic}/${topicId}/${partition}`
}

function isSame(one: WantedPartition, other: WantedPartition): boolean {
  return (
    one.fetchOffset === other.fetchOffset &&
    one.currentLeaderEpoch === other.currentLeaderEpoch &&
    one.lastFetchedEpoch === other.lastFetchedEpoch &&
    one.logStartOffset === other.logStartOffset &&
    one.partitionMaxBytes === other.partitionMaxBytes
  )
}

function byTopic(wanted: readonly WantedPartition[]): RequestTopics['topics'] {
  const topics = new Map<string, WantedPartition[]>()
  for (const partition of wanted) {
    const known = topics.get(partition.topic)
    if (known === undefined) topics.set(partition.topic, [partition])
    else known.push(partition)
  }
  return [...topics].map(([topic, partitions]) => ({
    topic,
    topicId: partitions[0]?.topicId,
    partitions: partitions.map(partition => ({
      partition: partition.partition,
      currentLeaderEpoch: partition.currentLeaderEpoch,
      fetchOffset: partition.fetchOffset,
      lastFetchedEpoch: partition.lastFetchedEpoch,
      logStartOffset: partition.logStartOffset,
      partitionMaxBytes: partition.partitionMaxBytes,
    })),
  }))
}
