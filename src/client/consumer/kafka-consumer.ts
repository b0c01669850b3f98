/** The consumer: one poll after another brings membership, positions and fetches forward. */
import { ConsumerConfig, consumerProperties } from '../../config/index.ts'
import { prefixed, type Host } from '../../host/index.ts'
import { ErrorCode } from '../../protocol/index.ts'
import { Cluster } from '../connection/cluster.ts'
import { isUsable, type ClusterView } from '../connection/cluster-view.ts'
import type { FetchedOffset } from '../connection/committed-offsets.ts'
import { timestampOf, type ListedOffset, type OffsetSpec } from '../connection/list-offsets.ts'
import { lastingFault, MetadataCache } from '../connection/metadata-cache.ts'
import { within } from '../connection/retry.ts'
import { clusterSettings } from '../connection/settings.ts'
import { isWorthRetrying, KafkaError } from '../errors.ts'
import { reviewOptions } from '../options.ts'
import { BYTES_DESERIALIZER, type Deserialized } from '../serialization.ts'
import { nameOf, type TopicPartition } from '../topic-partition.ts'
import { assignorsNamed, rebalanceProtocolOf } from './assignors.ts'
import type {
  Consumer,
  ConsumerCallOptions,
  ConsumerGroupMetadata,
  ConsumerRecord,
  OffsetToCommit,
  RebalanceListener,
  TimestampQuestion,
} from './consumer.ts'
import { decoding } from './decoding.ts'
import { fetcherSettings } from './fetcher-settings.ts'
import { Fetcher } from './fetcher.ts'
import { GroupCoordinator } from './group-coordinator.ts'
import { GroupReader } from './group-reader.ts'
import { Membership } from './membership.ts'
import { ensureFound, Positions } from './positions.ts'
import { Progress } from './progress.ts'
import { Subscription } from './subscription.ts'

/** How long `for await` polls at a time; a record wakes it at once. */
const ITERATION_POLL_MS = 1_000
/** Default of `close`, as in Java. */
const CLOSE_TIMEOUT_MS = 30_000

export class KafkaConsumer<
  K extends Deserialized = Buffer,
  V extends Deserialized = Buffer,
> implements Consumer<K, V> {
  readonly #host: Host
  /** Of calls that are given no time. */
  readonly #defaultTimeoutMs: number
  readonly #heartbeatIntervalMs: number
  /** Whether a pattern leaves internal topics out. */
  readonly #hidesInternal: boolean
  readonly #cluster: Cluster
  readonly #metadata: MetadataCache
  readonly #subscription = new Subscription()
  readonly #progress: Progress
  readonly #fetcher: Fetcher<ConsumerRecord<K, V>>
  readonly #positions: Positions
  readonly #group: GroupReader | undefined
  #isBusy = false
  #isWoken = false
  #isClosed = false

  /** @throws ConfigError for a bad property */
  constructor(host: Host, given: ReadonlyMap<string, string>, defaultClientId: string) {
    const config = new ConsumerConfig(withDeserializers(given))
    const groupId = config.get('group.id')
    const clientId = config.get('client.id') || `consumer-${groupId ?? 'null'}-${defaultClientId}`
    const log = prefixed(host.log, `[Consumer clientId=${clientId}, groupId=${groupId ?? 'null'}] `)
    reviewOptions(
      given,
      consumerProperties,
      log.named('org.apache.kafka.clients.consumer.ConsumerConfig'),
    )
    const settings = fetcherSettings(config)
    const assignors = assignorsNamed(config.get('partition.assignment.strategy'), log)
    this.#host = host
    this.#heartbeatIntervalMs = config.get('heartbeat.interval.ms')
    this.#defaultTimeoutMs = config.get('default.api.timeout.ms')
    this.#hidesInternal = config.get('exclude.internal.topics')
    this.#progress = new Progress(host.clock)
    this.#cluster = new Cluster(
      host,
      log,
      clusterSettings(config, {
        clientId,
        allowAutoTopicCreation: config.get('allow.auto.create.topics'),
        namesLostBootstrap: true,
      }),
    )
    this.#metadata = new MetadataCache(this.#cluster, {
      onUpdate: view => this.#metadataCame(view),
    })
    const shared = {
      cluster: this.#cluster,
      metadata: this.#metadata,
      subscription: this.#subscription,
      onProgress: () => this.#progress.notify(),
    }
    const coordinator = groupId === null ? undefined : new GroupCoordinator(this.#cluster, groupId)
    const fetchCommitted =
      coordinator === undefined
        ? undefined
        : (partitions: readonly TopicPartition[]) => coordinator.fetchCommitted(partitions)
    this.#positions = new Positions({ ...shared, ...settings, fetchCommitted })
    this.#fetcher = new Fetcher<ConsumerRecord<K, V>>({
      ...shared,
      decode: decoding<K, V>(config),
      settings,
    })
    this.#group =
      coordinator === undefined
        ? undefined
        : new GroupReader({
            ...shared,
            coordinator,
            protocol: rebalanceProtocolOf(assignors),
            autoCommitIntervalMs: config.commitsByItself
              ? config.get('auto.commit.interval.ms')
              : undefined,
            leavesOnClose: config.get('internal.leave.group.on.close'),
            membership: new Membership({
              cluster: this.#cluster,
              coordinator,
              assignors,
              ...memberSettings(config),
              partitionCounts: topics => this.#partitionCounts(topics),
              onChange: () => this.#progress.notify(),
            }),
          })
  }

  subscribe(topics: readonly string[] | RegExp, listener: RebalanceListener = {}): void {
    this.#ensureOpen()
    this.#ensureGroup('subscribe to topics')
    this.#ensureKind(topics instanceof RegExp ? 'pattern' : 'topics')
    this.#group?.listen(listener)
    const before = this.#subscription.topics
    if (topics instanceof RegExp) {
      this.#subscription.kind = 'pattern'
      // The whole name must match, as with Java's matches().
      this.#subscription.pattern = new RegExp(
        `^(?:${topics.source})$`,
        topics.flags.replace(/[gy]/g, ''),
      )
      this.#metadata.setTopics('all')
    } else {
      this.#subscription.kind = 'topics'
      this.#subscription.topics = [...new Set(topics)]
      this.#metadata.setTopics(topics)
    }
    this.#group?.subscribed(before)
    this.#metadata.refreshSoon()
  }

  assign(partitions: readonly TopicPartition[]): void {
    this.#ensureOpen()
    this.#ensureKind('assigned')
    this.#subscription.kind = 'assigned'
    this.#subscription.replace(partitions)
    this.#metadata.setTopics(partitions.map(({ topic }) => topic))
    this.#metadata.refreshSoon()
  }

  async unsubscribe(): Promise<void> {
    this.#ensureOpen()
    await this.#exclusively(async () => {
      await this.#group?.leave('the consumer unsubscribed from all topics')
      this.#subscription.clear()
      this.#metadata.setTopics([])
    })
  }

  subscription(): readonly string[] {
    return this.#subscription.isOfGroup ? this.#subscription.topics : []
  }

  assignment(): readonly TopicPartition[] {
    return this.#subscription.list()
  }

  async poll(
    timeoutMs: number,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<readonly ConsumerRecord<K, V>[]> {
    this.#ensureOpen()
    if (this.#subscription.kind === 'none') {
      const message = 'Consumer is not subscribed to any topics or assigned any partitions'
      throw new KafkaError('ILLEGAL_STATE', message)
    }
    return this.#exclusively(async () => {
      const onAbort = (): void => this.#progress.notify()
      signal?.addEventListener('abort', onAbort)
      try {
        return await this.#pollUntil(this.#host.clock.monotonicMs() + timeoutMs, signal)
      } finally {
        signal?.removeEventListener('abort', onAbort)
      }
    })
  }

  async #pollUntil(
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ): Promise<readonly ConsumerRecord<K, V>[]> {
    for (;;) {
      signal?.throwIfAborted()
      this.#throwIfWoken()
      this.#throwTopicFaults()
      const remainingMs = deadlineMs - this.#host.clock.monotonicMs()
      const pauseMs = await this.#advance(remainingMs)
      const records = this.#fetcher.collect()
      this.#fetcher.sendFetches()
      if (records.length > 0) return records
      const leftMs = deadlineMs - this.#host.clock.monotonicMs()
      if (leftMs <= 0) return records
      await this.#progress.wait(Math.min(leftMs, pauseMs))
    }
  }

  /** @returns after how long it is to be called again even if nothing happens */
  async #advance(remainingMs: number): Promise<number> {
    if (this.#group !== undefined && !(await this.#group.poll())) return this.#heartbeatIntervalMs
    // Who waits for records is polling: it shows that (KIP-62).
    const pauseMs = this.#group === undefined ? Infinity : this.#heartbeatIntervalMs
    if (this.#positions.areKnown()) return pauseMs
    try {
      await within(this.#host, this.#positions.update(), Math.max(remainingMs, 1))
    } catch (error) {
      if (!isWorthRetrying(error)) throw error
      this.#metadata.refreshSoon()
    }
    return this.#positions.areKnown() ? pauseMs : this.#cluster.settings.retryBackoff.firstMs
  }

  wakeup(): void {
    this.#isWoken = true
    this.#progress.notify()
  }

  async commit(
    offsets: readonly OffsetToCommit[] = this.#consumedOffsets(),
    options: ConsumerCallOptions = {},
  ): Promise<void> {
    const group = this.#ensureGroup('commit offsets')
    await this.#call('commitSync', options, () => group.commit(offsets))
  }

  async commitAsync(offsets: readonly OffsetToCommit[] = this.#consumedOffsets()): Promise<void> {
    await this.#ensureGroup('commit offsets').commit(offsets)
  }

  async committed(
    partitions: readonly TopicPartition[],
    options: ConsumerCallOptions = {},
  ): Promise<readonly FetchedOffset[]> {
    const group = this.#ensureGroup('fetch committed offsets')
    const found = await this.#call('committed', options, () => group.fetchCommitted(partitions))
    const byName = new Map(found.map(item => [nameOf(item), item.committed]))
    return partitions.map(item => ({
      topic: item.topic,
      partition: item.partition,
      committed: byName.get(nameOf(item)) ?? null,
    }))
  }

  seek(partition: TopicPartition, offset: number): void {
    this.#ensureOpen()
    if (!Number.isSafeInteger(offset) || offset < 0) {
      throw new KafkaError('INVALID_ARGUMENT', 'seek offset must not be a negative number')
    }
    this.#subscription.seek(partition, offset)
  }

  seekToBeginning(partitions: readonly TopicPartition[] = this.assignment()): void {
    for (const partition of partitions) this.#subscription.seekTo(partition, 'earliest')
  }

  seekToEnd(partitions: readonly TopicPartition[] = this.assignment()): void {
    for (const partition of partitions) this.#subscription.seekTo(partition, 'latest')
  }

  async position(partition: TopicPartition, options: ConsumerCallOptions = {}): Promise<number> {
    this.#subscription.get(partition)
    return this.#call('position', options, async () => {
      const known = this.#subscription.get(partition).position
      if (known !== undefined) return known
      await this.#metadata.refresh()
      await this.#positions.update()
      const found = this.#subscription.get(partition).position
      if (found !== undefined) return found
      throw KafkaError.of(ErrorCode.LEADER_NOT_AVAILABLE)
    })
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#subscription.get(partition).isPaused = true
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#subscription.get(partition).isPaused = false
    this.#progress.notify()
  }

  paused(): readonly TopicPartition[] {
    return Array.from(this.#subscription.partitions)
      .filter(({ isPaused }) => isPaused)
      .map(({ topic, partition }) => ({ topic, partition }))
  }

  currentLag(partition: TopicPartition): number | undefined {
    const { endOffset, position } = this.#subscription.get(partition)
    if (endOffset === undefined || position === undefined) return undefined
    return Math.max(0, endOffset - position)
  }

  async partitionsFor(
    topic: string,
    options: ConsumerCallOptions = {},
  ): Promise<readonly TopicPartition[]> {
    const counts = await this.#call('partitionsFor', options, () => this.#viewOf([topic]))
    return (counts.topics.get(topic)?.partitions ?? []).map(({ partition }) => ({
      topic,
      partition,
    }))
  }

  beginningOffsets(partitions: readonly TopicPartition[], options?: ConsumerCallOptions) {
    return this.#lookUp(partitions, () => 'earliest', options)
  }

  endOffsets(partitions: readonly TopicPartition[], options?: ConsumerCallOptions) {
    return this.#lookUp(partitions, () => 'latest', options)
  }

  offsetsForTimes(questions: readonly TimestampQuestion[], options?: ConsumerCallOptions) {
    return this.#lookUp(questions, ({ timestampMs }) => ({ timestampMs }), options)
  }

  async #lookUp<T extends TopicPartition>(
    items: readonly T[],
    specOf: (item: T) => OffsetSpec,
    options: ConsumerCallOptions = {},
  ): Promise<(TopicPartition & ListedOffset)[]> {
    return this.#call('offsetsForTimes', options, async () => {
      for (const { topic } of items) this.#metadata.add(topic)
      await this.#metadata.refresh()
      const questions = items.map(item => ({
        topic: item.topic,
        partition: item.partition,
        timestamp: timestampOf(specOf(item)),
      }))
      const found = await this.#positions.lookUpOnce(questions)
      ensureFound(found)
      return questions.map(({ topic, partition }) => {
        const outcome = found.get(nameOf({ topic, partition }))
        const none = { offset: -1, timestamp: -1, leaderEpoch: -1 }
        return { topic, partition, ...(outcome?.ok === true ? outcome.value : none) }
      })
    })
  }

  groupMetadata(): ConsumerGroupMetadata {
    return this.#ensureGroup('tell about the group').membership.metadata
  }

  async close({ timeoutMs = CLOSE_TIMEOUT_MS }: { timeoutMs?: number } = {}): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#progress.notify()
    try {
      const leaving = Promise.all([this.#group?.close(), this.#fetcher.close()])
      await within(this.#host, leaving, timeoutMs)
    } catch (error) {
      // Nobody who closes can help it: the coordinator will miss the member soon enough.
      this.#cluster.log.info('closed without taking leave in order', { error })
    } finally {
      this.#metadata.close()
      this.#cluster.close()
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  [Symbol.asyncIterator](): AsyncIterator<ConsumerRecord<K, V>> {
    return this.records()
  }

  async *records({ signal }: { readonly signal?: AbortSignal | undefined } = {}) {
    while (!this.#isClosed) {
      const records = await this.poll(ITERATION_POLL_MS, { signal }).catch((error: unknown) => {
        // Closing ends the iteration; it is no failure of it.
        if (isClosedError(error)) return []
        throw error
      })
      yield* records
    }
  }

  #metadataCame(view: ClusterView): void {
    const { pattern } = this.#subscription
    if (this.#subscription.kind === 'pattern' && pattern !== undefined) {
      this.#group?.matched(
        [...view.topics.values()]
          .filter(topic => isUsable(topic) && pattern.test(topic.name))
          .filter(({ isInternal }) => !(isInternal && this.#hidesInternal))
          .map(({ name }) => name),
      )
    }
    this.#group?.metadataCame(view)
    this.#progress.notify()
  }

  async #partitionCounts(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const view = await this.#viewOf(topics)
    return new Map(
      topics.flatMap(name => {
        const topic = view.topics.get(name)
        return isUsable(topic) ? [[name, topic.partitions.length] as const] : []
      }),
    )
  }

  async #viewOf(topics: readonly string[]): Promise<ClusterView> {
    const { allowAutoTopicCreation } = this.#cluster.settings
    const view = await this.#cluster.fetchMetadata({ topics, allowAutoTopicCreation })
    for (const name of topics) {
      const fault = lastingFault(view.topics.get(name))
      if (fault !== undefined) throw fault
    }
    return view
  }

  #consumedOffsets(): OffsetToCommit[] {
    return Array.from(this.#subscription.partitions).flatMap(state =>
      state.position === undefined
        ? []
        : [
            {
              topic: state.topic,
              partition: state.partition,
              offset: state.position,
              leaderEpoch: state.positionEpoch,
            },
          ],
    )
  }

  #call<T>(name: string, options: ConsumerCallOptions, attempt: () => Promise<T>): Promise<T> {
    this.#ensureOpen()
    const { timeoutMs = this.#defaultTimeoutMs, signal } = options
    return this.#cluster.retry({ name, timeoutMs, signal }, attempt)
  }

  /** Callers that overlap would hand out records twice, or commit what was not read. */
  async #exclusively<T>(action: () => Promise<T>): Promise<T> {
    if (this.#isBusy) {
      throw new KafkaError('ILLEGAL_STATE', 'a poll of this consumer is under way already')
    }
    this.#isBusy = true
    try {
      return await action()
    } finally {
      this.#isBusy = false
    }
  }

  #throwIfWoken(): void {
    if (this.#isClosed) throw closed()
    if (!this.#isWoken) return
    this.#isWoken = false
    throw new KafkaError('WAKEUP', 'poll was woken up')
  }

  #throwTopicFaults(): void {
    for (const topic of this.#metadata.view.topics.values()) {
      const fault = lastingFault(topic)
      if (fault === undefined || this.#subscription.kind === 'pattern') continue
      throw fault
    }
  }

  #ensureOpen(): void {
    if (this.#isClosed) throw closed()
  }

  #ensureGroup(what: string): GroupReader {
    if (this.#group !== undefined) return this.#group
    throw new KafkaError(
      'ILLEGAL_STATE',
      `To ${what}, you must provide a valid group.id in the consumer configuration.`,
    )
  }

  #ensureKind(kind: Subscription['kind']): void {
    const current = this.#subscription.kind
    if (current === 'none' || current === kind) return
    const message = 'Subscription to topics, partitions and pattern are mutually exclusive'
    throw new KafkaError('ILLEGAL_STATE', message)
  }
}

function memberSettings(config: ConsumerConfig) {
  return {
    groupInstanceId: config.get('group.instance.id'),
    sessionTimeoutMs: config.get('session.timeout.ms'),
    heartbeatIntervalMs: config.get('heartbeat.interval.ms'),
    maxPollIntervalMs: config.get('max.poll.interval.ms'),
    rackId: config.get('client.rack'),
  }
}

/** Unlike in Java they need not be given. */
function withDeserializers(given: ReadonlyMap<string, string>): Map<string, string> {
  const bytes = BYTES_DESERIALIZER
  return new Map([['key.deserializer', bytes], ['value.deserializer', bytes], ...given])
}

function isClosedError(error: unknown): boolean {
  return error instanceof KafkaError && error.code === 'CLIENT_CLOSED'
}

function closed(): KafkaError {
  return new KafkaError('CLIENT_CLOSED', 'This consumer has already been closed.')
}
