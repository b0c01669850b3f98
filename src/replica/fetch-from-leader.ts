/**
 * The requests of one fetcher: incremental, as far as the leader keeps a session for it (KIP-227, the
 * asking side; Kafka's FetchSessionHandler).
 */
import { ErrorCode, type FetchRequest, type MessageInput } from '../protocol/index.ts'

/** A partition as the fetcher wants it; the same object for as long as nothing about it changes. */
export interface WantedPartition {
  /** `topic-partition` */
  readonly name: string
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
    this.#known = new Map(wanted.map(partition => [partition.name, partition]))
    const sessionEpoch = withSession ? INITIAL_EPOCH : FINAL_EPOCH
    return { sessionId, sessionEpoch, topics: byTopic(wanted), forgottenTopicsData: [] }
  }

  #incremental(wanted: readonly WantedPartition[]): RequestTopics {
    const changed: WantedPartition[] = []
    const gone: WantedPartition[] = []
    for (const partition of wanted) {
      const known = this.#known.get(partition.name)
      if (known === partition) continue
      changed.push(partition)
      // Under its name there is another topic now.
      if (known !== undefined && known.topicId !== partition.topicId) gone.push(known)
      this.#known.set(partition.name, partition)
    }
    if (this.#known.size > wanted.length) gone.push(...this.#forgetOthers(wanted))
    return {
      sessionId: this.#sessionId,
      sessionEpoch: this.#epoch,
      topics: byTopic(changed),
      forgottenTopicsData: gone.map(({ topic, topicId, partition }) => ({
        ...{ topic, topicId },
        partitions: [partition],
      })),
    }
  }

  #forgetOthers(wanted: readonly WantedPartition[]): WantedPartition[] {
    const names = new Set(wanted.map(({ name }) => name))
    const others = [...this.#known.values()].filter(({ name }) => !names.has(name))
    for (const { name } of others) this.#known.delete(name)
    return others
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
