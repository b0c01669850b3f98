/** The producer: takes records, waits for metadata and room where needed, and hands them to batches. */
import { codecNamed, sizeOfVarint, type CodecName } from '../../bytes/index.ts'
import { ProducerConfig, producerProperties } from '../../config/index.ts'
import { prefixed, type Host, type Timer } from '../../host/index.ts'
import { BATCH_OVERHEAD, type NewRecord, type RecordHeader } from '../../records/index.ts'
import { Cluster } from '../connection/cluster.ts'
import type { TopicView } from '../connection/cluster-view.ts'
import { MetadataCache } from '../connection/metadata-cache.ts'
import { within } from '../connection/retry.ts'
import { clusterSettings } from '../connection/settings.ts'
import type { CommittingMember } from '../connection/shapes.ts'
import { KafkaError, toKafkaError } from '../errors.ts'
import { reviewOptions } from '../options.ts'
import {
  BYTES_SERIALIZER,
  serializerNamed,
  type Bytes,
  type Serializable,
  type Serialize,
} from '../serialization.ts'
import type { TopicPartition } from '../topic-partition.ts'
import { Accumulator } from './accumulator.ts'
import { BrokerPace } from './broker-pace.ts'
import { BufferMemory } from './buffer-memory.ts'
import { Identity } from './identity.ts'
import { Intake } from './intake.ts'
import { partitionerOf, type PartitionChoice, type Partitioner } from './partitioner.ts'
import type { PendingRecord } from './producer-batch.ts'
import type {
  CommittingGroup,
  HeaderToSend,
  OffsetToSend,
  Producer,
  ProducerRecord,
  RecordMetadata,
  Transaction,
} from './producer.ts'
import { runTransaction } from './run-transaction.ts'
import { Sender } from './sender.ts'
import { Transactions } from './transactions.ts'

/** Attributes, lengths and deltas of a record, at their longest. */
const MAX_RECORD_OVERHEAD = 21

export class KafkaProducer<
  K extends Serializable = Bytes,
  V extends Serializable = Bytes,
> implements Producer<K, V> {
  readonly #host: Host
  readonly #config: ProducerConfig
  readonly #cluster: Cluster
  readonly #metadata: MetadataCache
  readonly #memory: BufferMemory
  readonly #accumulator: Accumulator
  readonly #sender: Sender
  readonly #intake: Intake
  readonly #partitioner: Partitioner
  readonly #pace: BrokerPace
  readonly #transactions: Transactions | undefined
  readonly #serializeKey: Serialize
  readonly #serializeValue: Serialize
  #isClosing = false

  /** @throws ConfigError for a bad property */
  constructor(host: Host, given: ReadonlyMap<string, string>, defaultClientId: string) {
    const config = new ProducerConfig(withSerializers(given))
    const transactionalId = config.get('transactional.id')
    const clientId =
      config.get('client.id') ||
      (transactionalId === null ? defaultClientId : `producer-${transactionalId}`)
    const named = transactionalId === null ? '' : `, transactionalId=${transactionalId}`
    const log = prefixed(host.log, `[Producer clientId=${clientId}${named}] `)
    reviewOptions(
      given,
      producerProperties,
      log.named('org.apache.kafka.clients.producer.ProducerConfig'),
    )
    this.#host = host
    this.#config = config
    this.#partitioner = partitionerOf(config, host.random)
    this.#serializeKey = serializerNamed('key.serializer', config.get('key.serializer'))
    this.#serializeValue = serializerNamed('value.serializer', config.get('value.serializer'))
    this.#pace = new BrokerPace(config.get('partitioner.availability.timeout.ms'))
    this.#cluster = new Cluster(
      host,
      log,
      clusterSettings(config, {
        clientId,
        allowAutoTopicCreation: true,
        namesLostBootstrap: true,
      }),
    )
    this.#memory = new BufferMemory(config.get('buffer.memory'))
    this.#metadata = new MetadataCache(this.#cluster, {
      maxIdleMs: config.get('metadata.max.idle.ms'),
      onUpdate: () => {
        this.#intake.advance()
        this.#sender.schedule()
      },
    })
    this.#transactions =
      transactionalId === null ? undefined : this.#transactionsOf(transactionalId)
    const identity = config.isIdempotent
      ? (this.#transactions ?? new Identity(this.#cluster, error => this.#identified(error)))
      : undefined
    this.#accumulator = new Accumulator({
      host,
      batchBytes: config.get('batch.size'),
      lingerMs: config.get('linger.ms'),
      deliveryTimeoutMs: config.deliveryTimeoutMs,
      batchKind: { ...compressionOf(config), isTransactional: transactionalId !== null },
      onReady: () => this.#sender.schedule(),
      onLost: queue => this.#sender.lose(queue),
      onDone: batch => this.#memory.give(batch.heldBytes),
    })
    this.#sender = new Sender(
      {
        cluster: this.#cluster,
        metadata: this.#metadata,
        acks: config.acks,
        retries: config.get('retries'),
        maxInFlightPerBroker: config.get('max.in.flight.requests.per.connection'),
        maxRequestBytes: config.get('max.request.size'),
        identity,
        pace: this.#pace,
        transactionalId,
      },
      this.#accumulator,
    )
    this.#intake = new Intake({
      host,
      metadata: this.#metadata,
      maxBlockMs: config.get('max.block.ms'),
    })
  }

  send(record: ProducerRecord<K, V>): Promise<RecordMetadata> {
    return new Promise((resolve, reject) => {
      if (this.#isClosing) throw closed()
      const number = this.#transactions?.ensureMaySend() ?? 0
      const refuse = (error: Error): void => {
        this.#transactions?.sendFailed(toKafkaError(error), number)
        reject(error)
      }
      try {
        this.#enter(record, { number, resolve, refuse })
      } catch (error) {
        refuse(error instanceof Error ? error : toKafkaError(error))
      }
    })
  }

  #enter(record: ProducerRecord<K, V>, { number, resolve, refuse }: Sending): void {
    const encoded = this.#encode(record)
    const sizeBytes = sizeUpperBound(encoded)
    this.#ensureFits(sizeBytes)
    const pending: PendingRecord = { record: encoded, sizeBytes, resolve, reject: refuse }
    const fail = (error: KafkaError): void => {
      this.#memory.give(sizeBytes)
      refuse(error)
    }
    const proceed = (view: TopicView): void => {
      const obstacle = this.#transactions?.obstacleTo(number)
      if (obstacle === undefined) this.#append(record, view, pending)
      else fail(obstacle)
    }
    const { topic, partition } = record
    const deadlineMs = this.#deadlineMs()
    this.#reserve(pending, () => {
      this.#intake.admit({ topic, partition, deadlineMs, proceed, fail })
    })
  }

  async ready(): Promise<void> {
    while (!this.#memory.hasRoom && !this.#isClosing) await this.#roomGiven()
  }

  /** Resolves when all that waits for room now has got it. */
  async #roomGiven(): Promise<void> {
    await new Promise<void>(resolve => {
      this.#memory.take(1, () => {
        this.#memory.give(1)
        resolve()
      })
    })
  }

  flush(): Promise<void> {
    return this.#accumulator.flush(this.#entered())
  }

  /** Resolves when what was sent before has left the entrance: for a batch, or refused. */
  async #entered(): Promise<void> {
    await this.#roomGiven()
    await this.#intake.whenEmptied()
  }

  async transaction<T>(body: (transaction: Transaction<K, V>) => Promise<T>): Promise<T> {
    if (this.#ensureTransactions().state === 'UNINITIALIZED') await this.initTransactions()
    return runTransaction(this, body)
  }

  async initTransactions(): Promise<void> {
    await this.#ensureTransactions().init()
  }

  beginTransaction(): void {
    this.#ensureTransactions().begin()
  }

  async sendOffsetsToTransaction(
    offsets: readonly OffsetToSend[],
    group: CommittingGroup,
  ): Promise<void> {
    await this.#ensureTransactions().sendOffsets(offsets, memberOf(group))
  }

  /** After a fatal error it can only be closed. */
  get isDead(): boolean {
    return this.#transactions?.state === 'FATAL_ERROR'
  }

  async commitTransaction(): Promise<void> {
    await this.#ensureTransactions().commit()
  }

  async abortTransaction(): Promise<void> {
    await this.#ensureTransactions().abort()
  }

  #ensureTransactions(): Transactions {
    if (this.#isClosing) throw closed()
    if (this.#transactions !== undefined) return this.#transactions
    const message =
      'Cannot use transactional methods without enabling transactions by setting the ' +
      'transactional.id configuration property'
    throw new KafkaError('ILLEGAL_STATE', message)
  }

  #transactionsOf(transactionalId: string): Transactions {
    return new Transactions({
      cluster: this.#cluster,
      transactionalId,
      transactionTimeoutMs: this.#config.get('transaction.timeout.ms'),
      maxBlockMs: this.#config.get('max.block.ms'),
      flush: () => this.flush(),
      settle: () => this.#accumulator.flush(),
      abandonUnsent: error => this.#accumulator.abandonUnsent(error),
      failAll: error => this.#accumulator.failAll(error),
      onReady: () => this.#sender.schedule(),
    })
  }

  async partitionsFor(topic: string): Promise<readonly TopicPartition[]> {
    if (this.#isClosing) throw closed()
    const view = await new Promise<TopicView>((resolve, reject) => {
      const deadlineMs = this.#deadlineMs()
      const anywhere = { topic, partition: undefined, deadlineMs }
      this.#intake.admit({ ...anywhere, proceed: resolve, fail: reject })
    })
    return view.partitions.map(({ partition }) => ({ topic, partition }))
  }

  async close({ timeoutMs }: { timeoutMs?: number } = {}): Promise<void> {
    if (this.#cluster.isClosed) return
    this.#isClosing = true
    try {
      const finished = this.#finish()
      await (timeoutMs === undefined
        ? finished
        : within(this.#host, finished, timeoutMs).catch(() => undefined))
    } finally {
      this.#sender.close()
      this.#metadata.close()
      const error = new KafkaError('KAFKA_ERROR', 'Producer is closed forcefully.')
      this.#intake.failAll(error)
      this.#accumulator.failAll(error)
      this.#cluster.close()
    }
  }

  async #finish(): Promise<void> {
    await this.flush()
    // Who closes cannot help it: the coordinator aborts what is left open, in its time.
    await this.#transactions?.finish().catch((error: unknown) => {
      this.#cluster.log.warn('closed without having ended the transaction', { error })
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Until when a call may wait, for metadata and for room together. */
  #deadlineMs(): number {
    return this.#host.clock.monotonicMs() + this.#config.get('max.block.ms')
  }

  #identified(error: KafkaError | undefined): void {
    if (error === undefined) this.#sender.schedule()
    else this.#accumulator.failAll(error)
  }

  #encode({ key, value, headers, timestamp }: ProducerRecord<K, V>): PendingRecord['record'] {
    if (timestamp !== undefined && timestamp < 0) {
      const message = `Invalid timestamp: ${timestamp}. Timestamp should always be non-negative or null.`
      throw new KafkaError('INVALID_ARGUMENT', message)
    }
    return {
      key: serialized('key', key ?? null, this.#serializeKey),
      value: serialized('value', value, this.#serializeValue),
      timestamp: timestamp ?? this.#host.clock.wallMs(),
      ...(headers === undefined ? {} : { headers: headers.map(encodeHeader) }),
    }
  }

  #ensureFits(sizeBytes: number): void {
    const start = `The message is ${sizeBytes} bytes when serialized which is larger than`
    const maxRequestBytes = this.#config.get('max.request.size')
    if (sizeBytes > maxRequestBytes) {
      throw new KafkaError(
        'MESSAGE_TOO_LARGE',
        `${start} ${maxRequestBytes}, which is the value of the max.request.size configuration.`,
      )
    }
    if (sizeBytes > this.#memory.totalBytes) {
      throw new KafkaError(
        'MESSAGE_TOO_LARGE',
        `${start} the total memory buffer you have configured with the buffer.memory configuration.`,
      )
    }
  }

  #reserve({ sizeBytes, reject }: PendingRecord, proceed: () => void): void {
    const maxBlockMs = this.#config.get('max.block.ms')
    const exhausted = (): KafkaError =>
      new KafkaError(
        'BUFFER_EXHAUSTED',
        `Failed to allocate ${sizeBytes} bytes within the configured max blocking time ` +
          `${maxBlockMs} ms. Total memory: ${this.#memory.totalBytes} bytes.`,
      )
    if (this.#memory.isCrowded) throw exhausted()
    const wait: { timer?: Timer } = {}
    const giveUp = this.#memory.take(sizeBytes, () => {
      wait.timer?.cancel()
      proceed()
    })
    if (giveUp === undefined) return
    const expire = (): void => {
      giveUp()
      reject(exhausted())
    }
    wait.timer = this.#host.clock.after(maxBlockMs, expire, { holdsProcess: true })
  }

  #append(
    { topic, partition }: ProducerRecord<K, V>,
    view: TopicView,
    pending: PendingRecord,
  ): void {
    if (partition !== undefined) {
      this.#accumulator.append({ topic, partition }, pending)
      this.#transactions?.include({ topic, partition })
      return
    }
    const choice: PartitionChoice = {
      topic: view,
      key: pending.record.key ?? null,
      queueLength: candidate => this.#accumulator.queueLength({ topic, partition: candidate }),
      fits: candidate => this.#accumulator.hasRoomFor(pending, { topic, partition: candidate }),
      isAvailable: brokerId => this.#pace.isAvailable(brokerId),
    }
    const chosen = this.#partitioner.choose(choice)
    const sizeBytes = this.#accumulator.append({ topic, partition: chosen }, pending)
    this.#transactions?.include({ topic, partition: chosen })
    this.#partitioner.appended?.(choice, sizeBytes)
  }
}

/** A record on its way into a batch. */
interface Sending {
  /** Of the transaction. */
  readonly number: number
  readonly resolve: (metadata: RecordMetadata) => void
  readonly refuse: (error: Error) => void
}

/** Unlike in Java they need not be given. */
function withSerializers(given: ReadonlyMap<string, string>): Map<string, string> {
  const bytes = BYTES_SERIALIZER
  return new Map([['key.serializer', bytes], ['value.serializer', bytes], ...given])
}

function compressionOf(config: ProducerConfig): { codec: number; level: number | undefined } {
  const name = config.get('compression.type')
  const codec = codecNamed(name as CodecName)
  const property = `compression.${name}.level`
  if (!isLevel(property)) return { codec, level: undefined }
  const level = config.get(property)
  return { codec, level: config.isGiven(property) ? level : undefined }
}

/** Not every codec has levels. */
function isLevel(name: string): name is `compression.${'gzip' | 'lz4' | 'zstd'}.level` {
  return Object.hasOwn(producerProperties, name)
}

function closed(): KafkaError {
  return new KafkaError('CLIENT_CLOSED', 'Cannot perform operation after producer has been closed')
}

function serialized(
  part: 'key' | 'value',
  value: Serializable | null,
  serialize: Serialize,
): Buffer | null {
  if (value === null) return null
  try {
    return serialize(value)
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    const message = `Can't convert ${part} as ${part}.serializer asks: ${error.message}`
    throw new KafkaError('SERIALIZATION', message, { cause: error })
  }
}

const headerBytes = serializerNamed('value.serializer', BYTES_SERIALIZER)

function encodeHeader({ key, value }: HeaderToSend): RecordHeader {
  return { key, value: value === null ? null : headerBytes(value) }
}

/** As Java estimates a record that goes alone: limits are told in these bytes. */
function sizeUpperBound({ key, value, headers = [] }: NewRecord): number {
  let sizeBytes = BATCH_OVERHEAD + MAX_RECORD_OVERHEAD
  sizeBytes += sizeOf(key ?? null) + sizeOf(value ?? null) + sizeOfVarint(headers.length)
  for (const header of headers) sizeBytes += sizeOf(Buffer.from(header.key)) + sizeOf(header.value)
  return sizeBytes
}

function sizeOf(bytes: Buffer | null): number {
  return bytes === null ? 1 : sizeOfVarint(bytes.length) + bytes.length
}

function memberOf(group: CommittingGroup): CommittingMember {
  if (typeof group !== 'string') return 'groupMetadata' in group ? group.groupMetadata() : group
  return { groupId: group, generationId: -1, memberId: '', groupInstanceId: null }
}
