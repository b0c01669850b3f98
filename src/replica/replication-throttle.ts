/**
 * How fast replicas that are being moved may be copied (KIP-73): bytes of throttled partitions are counted
 * over the last seconds, and while they are more than the rate allows, replicas that are not in sync
 * wait. Replicas in sync never do. Mirrors Kafka's ReplicationQuotaManager.
 */
import type { Clock } from '../host/index.ts'

/** `leader.replication.*` counts what followers read here, `follower.replication.*` what is fetched. */
export type ThrottleSide = 'leader' | 'follower'

export interface ReplicationThrottleOptions {
  readonly clock: Clock
  readonly brokerId: number
  /** Bytes per second; Infinity: none. Asked each time. */
  readonly rate: () => number
  /** `replication.quota.window.num` windows of `replication.quota.window.size.seconds`. */
  readonly windows: () => { readonly count: number; readonly sizeMs: number }
  /** The topic's `<side>.replication.throttled.replicas`. */
  readonly replicasOf: (topic: string) => readonly string[]
}

interface Window {
  readonly startMs: number
  sizeBytes: number
}

export class ReplicationThrottle {
  readonly #options: ReplicationThrottleOptions
  /** Oldest first; as many as are configured, at most. */
  #windows: Window[] = []

  constructor(options: ReplicationThrottleOptions) {
    this.#options = options
  }

  /** Whether this replica must wait now, if it is not in sync. */
  mustWait(topic: string, partition: number): boolean {
    return this.#isLimited && this.#isThrottled(topic, partition) && this.isExceeded
  }

  /** So many bytes of the partition were copied. */
  record(topic: string, partition: number, sizeBytes: number): void {
    if (sizeBytes === 0 || !this.#isLimited || !this.#isThrottled(topic, partition)) return
    const nowMs = this.#options.clock.monotonicMs()
    this.#dropOld(nowMs)
    const last = this.#windows.at(-1)
    if (last !== undefined && nowMs - last.startMs < this.#options.windows().sizeMs) {
      last.sizeBytes += sizeBytes
    } else this.#windows.push({ startMs: nowMs, sizeBytes })
  }

  get isExceeded(): boolean {
    const nowMs = this.#options.clock.monotonicMs()
    this.#dropOld(nowMs)
    const [oldest] = this.#windows
    if (oldest === undefined) return false
    const spanMs = Math.max(nowMs - oldest.startMs, this.#options.windows().sizeMs)
    const copiedBytes = this.#windows.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    return (copiedBytes * 1_000) / spanMs > this.#options.rate()
  }

  get #isLimited(): boolean {
    return Number.isFinite(this.#options.rate())
  }

  #isThrottled(topic: string, partition: number): boolean {
    const replicas = this.#options.replicasOf(topic)
    if (replicas.length === 0) return false
    return replicas[0] === '*' || replicas.includes(`${partition}:${this.#options.brokerId}`)
  }

  #dropOld(nowMs: number): void {
    const { count, sizeMs } = this.#options.windows()
    const firstMs = nowMs - count * sizeMs
    while ((this.#windows[0]?.startMs ?? Infinity) <= firstMs) this.#windows.shift()
  }
}
