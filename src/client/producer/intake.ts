/** Records whose topic is not known yet: they wait for metadata, each topic in order, for `max.block.ms`. */
import type { Host, Timer } from '../../host/index.ts'
import type { TopicView } from '../connection/cluster-view.ts'
import { lastingFault, type MetadataCache } from '../connection/metadata-cache.ts'
import { KafkaError } from '../errors.ts'

export interface Entrant {
  readonly topic: string
  /** The topic must have this partition; `undefined`: any. */
  readonly partition: number | undefined
  /** Of the monotonic clock: `max.block.ms` after the call. */
  readonly deadlineMs: number
  readonly proceed: (topic: TopicView) => void
  readonly fail: (error: KafkaError) => void
}

interface Waiting extends Entrant {
  readonly timer: Timer
}

export interface IntakeOptions {
  readonly host: Host
  readonly metadata: MetadataCache
  readonly maxBlockMs: number
}

export class Intake {
  readonly #options: IntakeOptions
  readonly #waiting = new Map<string, Waiting[]>()
  #onEmptied: (() => void)[] = []

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  /** Proceeds at once when the topic is known and nothing waits before it. */
  admit(entrant: Entrant): void {
    const queue = this.#waiting.get(entrant.topic)
    const view = this.#options.metadata.usable(entrant.topic)
    if (queue === undefined && view !== undefined && hasPartition(view, entrant.partition)) {
      entrant.proceed(view)
      return
    }
    const { host, metadata } = this.#options
    const giveUp = (): void => this.#giveUp(waiting)
    const leftMs = Math.max(entrant.deadlineMs - host.clock.monotonicMs(), 0)
    const timer = host.clock.after(leftMs, giveUp, { holdsProcess: true })
    const waiting: Waiting = { ...entrant, timer }
    if (queue === undefined) this.#waiting.set(entrant.topic, [waiting])
    else queue.push(waiting)
    metadata.refreshSoon()
  }

  /** Looks again, after metadata has come. */
  advance(): void {
    const { metadata } = this.#options
    for (const [topic, queue] of this.#waiting) {
      const view = metadata.view.topics.get(topic)
      const fault = lastingFault(view)
      if (fault !== undefined) {
        this.#waiting.delete(topic)
        metadata.forget(topic)
        for (const waiting of queue) this.#leave(waiting, () => waiting.fail(fault))
      } else {
        this.#advanceTopic(topic, queue)
      }
    }
    this.#tellEmptied()
  }

  #advanceTopic(topic: string, queue: readonly Waiting[]): void {
    const view = this.#options.metadata.usable(topic)
    if (view === undefined) return
    const stuck = queue.findIndex(({ partition }) => !hasPartition(view, partition))
    const left = stuck < 0 ? [] : queue.slice(stuck)
    if (left.length === 0) this.#waiting.delete(topic)
    else this.#waiting.set(topic, left)
    for (const waiting of stuck < 0 ? queue : queue.slice(0, stuck)) {
      this.#leave(waiting, () => waiting.proceed(view))
    }
    if (left.length > 0) this.#options.metadata.refreshSoon()
  }

  /** Resolves when nothing that waits now waits any more. */
  whenEmptied(): Promise<void> {
    if (this.#waiting.size === 0) return Promise.resolve()
    return new Promise(resolve => this.#onEmptied.push(resolve))
  }

  failAll(error: KafkaError): void {
    const all = [...this.#waiting.values()].flat()
    this.#waiting.clear()
    for (const waiting of all) this.#leave(waiting, () => waiting.fail(error))
    this.#tellEmptied()
  }

  #leave(waiting: Waiting, how: () => void): void {
    waiting.timer.cancel()
    how()
  }

  #giveUp(waiting: Waiting): void {
    const { topic, partition } = waiting
    const { metadata, maxBlockMs } = this.#options
    const left = (this.#waiting.get(topic) ?? []).filter(other => other !== waiting)
    if (left.length > 0) this.#waiting.set(topic, left)
    else this.#waiting.delete(topic)
    const count = metadata.view.topics.get(topic)?.partitions.length ?? 0
    const message =
      partition === undefined || count === 0
        ? `Topic ${topic} not present in metadata after ${maxBlockMs} ms.`
        : `Partition ${partition} of topic ${topic} with partition count ${count} is not present ` +
          `in metadata after ${maxBlockMs} ms.`
    waiting.fail(new KafkaError('REQUEST_TIMED_OUT', message))
    this.#tellEmptied()
  }

  #tellEmptied(): void {
    if (this.#waiting.size > 0) return
    const actions = this.#onEmptied
    this.#onEmptied = []
    for (const action of actions) action()
  }
}

function hasPartition({ partitions }: TopicView, partition: number | undefined): boolean {
  return partition === undefined || partitions.some(item => item.partition === partition)
}
