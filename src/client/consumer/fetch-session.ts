/**
 * What a broker remembers between the fetches of this consumer, so that a request names only what has
 * changed (KIP-227). Mirrors FetchSessionHandler. One request at a time.
 */
import { ErrorCode } from '../../protocol/index.ts'
import { nameOf, type TopicPartition } from '../topic-partition.ts'

/** What a request asks of one partition. */
export interface FetchWish extends TopicPartition {
  readonly topicId: string | undefined
  readonly fetchOffset: number
  readonly leaderEpoch: number
}

/** What to send: all that is wanted to begin a session, else what differs from the request before. */
export interface FetchPlan<W extends FetchWish> {
  readonly sessionId: number
  readonly sessionEpoch: number
  readonly wishes: readonly W[]
  /** To be forgotten by the broker. */
  readonly forgotten: readonly FetchWish[]
}

const NO_SESSION = 0
/** Asks for a new session. */
const FIRST_EPOCH = 0
/** Ends the session. */
const FINAL_EPOCH = -1
const LAST_EPOCH = 0x7fff_ffff

export class FetchSession<W extends FetchWish> {
  #id = NO_SESSION
  #epoch = FIRST_EPOCH
  /** As the broker knows it after the last request, by name. */
  #known = new Map<string, W>()

  /** Whether there is something that the broker keeps for this consumer. */
  get isOpen(): boolean {
    return this.#id !== NO_SESSION
  }

  /** To be sent next, and to be followed by `answered` or `failed`. */
  plan(wanted: readonly W[]): FetchPlan<W> {
    const before = this.#known
    this.#known = new Map(wanted.map(wish => [nameOf(wish), wish]))
    if (this.#mustBeginAnew(wanted, before)) this.#epoch = FIRST_EPOCH
    const place = { sessionId: this.#id, sessionEpoch: this.#epoch }
    if (this.#epoch === FIRST_EPOCH) return { ...place, wishes: wanted, forgotten: [] }
    const wishes = wanted.filter(wish => !isSame(wish, before.get(nameOf(wish))))
    const forgotten = [...before.values()].filter(wish => {
      const now = this.#known.get(nameOf(wish))
      // A topic that was made anew under its name is another one.
      return now === undefined || now.topicId !== wish.topicId
    })
    return { ...place, wishes, forgotten }
  }

  /** A session is by name or by id (KIP-516). */
  #mustBeginAnew(wanted: readonly W[], before: ReadonlyMap<string, W>): boolean {
    const isById = (wishes: Iterable<W>): boolean =>
      [...wishes].every(({ topicId }) => topicId !== undefined)
    return before.size > 0 && wanted.length > 0 && isById(wanted) !== isById(before.values())
  }

  /** The broker has answered. @returns whether the answer tells of partitions; else it is asked again */
  answered({ errorCode, sessionId }: { errorCode: number; sessionId: number }): boolean {
    if (errorCode !== ErrorCode.NONE) {
      this.#epoch = FIRST_EPOCH
      if (errorCode === ErrorCode.FETCH_SESSION_ID_NOT_FOUND) this.#id = NO_SESSION
      return false
    }
    if (this.#epoch === FIRST_EPOCH) this.#id = sessionId
    if (this.#id === NO_SESSION) this.#epoch = FIRST_EPOCH
    else this.#epoch = this.#epoch >= LAST_EPOCH ? 1 : this.#epoch + 1
    return true
  }

  /** Whether the broker has seen the last request is not known: the session is replaced. */
  failed(): void {
    this.#epoch = FIRST_EPOCH
  }

  /** The request that ends it, which asks for nothing. */
  end(): FetchPlan<W> {
    const sessionId = this.#id
    this.#id = NO_SESSION
    this.#epoch = FIRST_EPOCH
    this.#known = new Map()
    return { sessionId, sessionEpoch: FINAL_EPOCH, wishes: [], forgotten: [] }
  }
}

function isSame(wish: FetchWish, before: FetchWish | undefined): boolean {
  return (
    before !== undefined &&
    wish.topicId === before.topicId &&
    wish.fetchOffset === before.fetchOffset &&
    wish.leaderEpoch === before.leaderEpoch
  )
}
