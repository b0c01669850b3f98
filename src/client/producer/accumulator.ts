/** Gathers records into batches by partition, until they are full or have waited long enough. Mirrors RecordAccumulator. */
import type { Host } from '../../host/index.ts'
import { KafkaError } from '../errors.ts'
import { nameOf, type TopicPartition } from '../topic-partition.ts'
import { PartitionQueue } from './partition-queue.ts'
import { ProducerBatch, type BatchKind, type PendingRecord } from './producer-batch.ts'

export interface AccumulatorOptions {
  readonly host: Host
  readonly batchBytes: number
  readonly lingerMs: number
  readonly deliveryTimeoutMs: number
  readonly batchKind: BatchKind
  /** Something may be sent. */
  readonly onReady: () => void
  /** A batch was given up while its outcome is not known. */
  readonly onLost: (queue: PartitionQueue, batch: ProducerBatch) => void
  readonly onDone: (batch: ProducerBatch) => void
}

export class Accumulator {
  readonly #options: AccumulatorOptions
  readonly #queues = new Map<string, PartitionQueue>()
  readonly #incomplete = new Set<ProducerBatch>()
  #order = 0
  #flushes = 0

  constructor(options: AccumulatorOptions) {
    this.#options = options
  }

  get queues(): Iterable<PartitionQueue> {
    return this.#queues.values()
  }

  get isEmpty(): boolean {
    return this.#incomplete.size === 0
  }

  /** Whether batches go as they are: somebody waits in `flush`. */
  get isFlushing(): boolean {
    return this.#flushes > 0
  }

  queueLength(topicPartition: TopicPartition): number {
    return this.#queues.get(nameOf(topicPartition))?.length ?? 0
  }

  /** Whether the record fits into a batch that is there. */
  hasRoomFor({ record }: PendingRecord, topicPartition: TopicPartition): boolean {
    const last = this.#queues.get(nameOf(topicPartition))?.waiting.at(-1)
    return last?.hasRoomFor(record, this.#options.batchBytes) === true
  }

  /** @returns bytes by which the batches of the partition have grown, before compression */
  append(topicPartition: TopicPartition, pending: PendingRecord): number {
    const { batchBytes } = this.#options
    const queue = this.#queueOf(topicPartition)
    const last = queue.waiting.at(-1)
    const hasRoom = last?.hasRoomFor(pending.record, batchBytes) === true
    if (last !== undefined && !hasRoom) this.#ready(last)
    const batch = hasRoom ? last : this.#open(topicPartition)
    if (batch !== last) queue.waiting.push(batch)
    const beforeBytes = batch === last ? batch.plainBytes : 0
    batch.append(pending)
    if (batch.plainBytes >= batchBytes) this.#ready(batch)
    return batch.plainBytes - beforeBytes
  }

  #queueOf(topicPartition: TopicPartition): PartitionQueue {
    const name = nameOf(topicPartition)
    let queue = this.#queues.get(name)
    if (queue === undefined) this.#queues.set(name, (queue = new PartitionQueue(topicPartition)))
    return queue
  }

  #open(topicPartition: TopicPartition): ProducerBatch {
    const { host, batchKind, lingerMs, onReady } = this.#options
    const place = { order: (this.#order += 1), createdMs: host.clock.monotonicMs() }
    const batch = new ProducerBatch(topicPartition, place, batchKind)
    this.#track(batch)
    if (lingerMs > 0) {
      const ready = (): void => this.#ready(batch)
      batch.timers.push(host.clock.after(lingerMs, ready, { holdsProcess: true }))
    } else {
      // What is sent in the same turn goes together.
      host.clock.soon(() => this.#ready(batch))
    }
    if (this.isFlushing) onReady()
    return batch
  }

  #ready(batch: ProducerBatch): void {
    if (batch.isDone || batch.isReady) return
    batch.isReady = true
    this.#options.onReady()
  }

  #track(batch: ProducerBatch): void {
    const { host, deliveryTimeoutMs, onDone } = this.#options
    this.#incomplete.add(batch)
    batch.whenDone(() => {
      this.#incomplete.delete(batch)
      onDone(batch)
    })
    const leftMs = batch.createdMs + deliveryTimeoutMs - host.clock.monotonicMs()
    const expire = (): void => this.#expire(batch)
    batch.timers.push(host.clock.after(Math.max(leftMs, 0), expire, { holdsProcess: true }))
  }

  #expire(batch: ProducerBatch): void {
    const { topicPartition, recordCount, createdMs } = batch
    const ageMs = Math.floor(this.#options.host.clock.monotonicMs() - createdMs)
    const message =
      `Expiring ${recordCount} record(s) for ${nameOf(topicPartition)}:${ageMs} ms has passed ` +
      'since batch creation'
    this.abandon(batch, () => new KafkaError('REQUEST_TIMED_OUT', message))
  }

  /** Fails a batch wherever it is; the answer to it, if one is to come, counts no more. */
  abandon(batch: ProducerBatch, errorOf: (index: number) => KafkaError): void {
    if (batch.isDone) return
    const queue = this.#queueOf(batch.topicPartition)
    const at = queue.waiting.indexOf(batch)
    if (at >= 0) queue.waiting.splice(at, 1)
    if (batch.stamp !== undefined) this.#options.onLost(queue, batch)
    batch.fail(errorOf)
    this.#options.onReady()
  }

  /** Replaces a batch that is too large for the broker by smaller ones. Taken out of flight before. */
  split(queue: PartitionQueue, batch: ProducerBatch): void {
    const parts = batch.split(Math.max(Math.floor(batch.plainBytes / 2), 1))
    for (const part of parts) this.#trackPart(part)
    queue.putBack(parts)
    this.#options.onReady()
  }

  /** Held memory is given back by the batch it was split from. */
  #trackPart(part: ProducerBatch): void {
    const { host, deliveryTimeoutMs } = this.#options
    const leftMs = part.createdMs + deliveryTimeoutMs - host.clock.monotonicMs()
    const expire = (): void => this.#expire(part)
    part.timers.push(host.clock.after(Math.max(leftMs, 0), expire, { holdsProcess: true }))
  }

  /**
   * Makes everything ready, and resolves when all that was there is done.
   *
   * @param entering resolves when what is to be done too, and is on its way here, has come
   */
  async flush(entering: Promise<void> = Promise.resolve()): Promise<void> {
    this.#flushes += 1
    try {
      this.#options.onReady()
      await entering
      const batches = [...this.#incomplete]
      await Promise.all(batches.map(batch => new Promise<void>(done => batch.whenDone(done))))
    } finally {
      this.#flushes -= 1
    }
  }

  /** Fails what was never sent: what was is known to the broker perhaps, and must be settled with it. */
  abandonUnsent(error: KafkaError): void {
    for (const queue of this.#queues.values()) {
      for (const batch of queue.waiting.filter(({ stamp }) => stamp === undefined)) {
        this.abandon(batch, () => error)
      }
    }
  }

  failAll(error: KafkaError): void {
    for (const queue of this.#queues.values()) {
      for (const batch of [...queue.waiting, ...queue.inFlight]) this.abandon(batch, () => error)
    }
  }
}
