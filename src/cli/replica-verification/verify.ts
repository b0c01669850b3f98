/** Reads all replicas again and again, as far as they are the same, and tells how far that is. */
import {
  KafkaError,
  unwrap,
  type Admin,
  type OffsetSpec,
  type ReadReplicaOptions,
  type ReplicaPosition,
  type ReplicaRecords,
  type TopicPartition,
} from '../../client/index.ts'
import { NetworkError, sleep, type Log, type TerminalSignal } from '../../host/index.ts'
import { patternLayout } from '../../host/node/index.ts'
import { openAdmin } from '../admin-client.ts'
import { throughFuture, ToolError } from '../java-text.ts'
import { exitCodeOf, type ToolEnvironment } from '../tool.ts'
import { TopicFilter } from '../topic-filter.ts'
import { Comparison, type Replica } from './comparison.ts'
import type { VerificationOptions } from './replica-verification.ts'

const dated = patternLayout('%d{yyyy-MM-dd HH:mm:ss,SSS}: %m%n')
const [LATEST, EARLIEST] = [-1, -2]
/** Before a broker that cannot be reached is asked again. */
const PAUSE_MS = 100

/** A partition with the brokers that hold it. */
interface Replicated extends TopicPartition {
  readonly brokerIds: readonly number[]
}

/** @returns the exit code: of the signal that ends it, or 1 where replicas differ in their offsets */
export async function verify(
  given: VerificationOptions,
  environment: ToolEnvironment,
  logger: Log,
): Promise<number> {
  const { host, terminal } = environment
  await using admin = await openAdmin(host, { bootstrapServers: given.value('broker-list') ?? '' })
  const partitions = await partitionsOf(admin, filterOf(given))
  if (partitions.length === 0) {
    logger.error(
      'No topics found. [topics-include] if specified, is either filtering out all topics or there is no topic.',
    )
    return 1
  }
  const tell = (message: string): void => {
    const line = { wallMs: host.clock.wallMs(), level: 'info', logger: '', message } as const
    terminal.stdout.write(dated(line))
  }
  const positions = await positionsOf(admin, partitions, given.value('time'))
  const signal = terminal.takeSignals()
  tell('verification process is started')
  const comparison = new Comparison(positions, tell)
  const intervalMs = given.value('report-interval-ms')
  let reportedMs = host.clock.monotonicMs()
  const options = { maxWaitMs: given.value('max-wait-ms'), maxBytes: given.value('fetch-size') }
  const readOrNothing = readerFor(environment, admin, options)
  // What is under way ends with it.
  signal.addEventListener('abort', () => void admin.close(), { once: true })
  const isOver = (): boolean => signal.aborted
  const brokerIds = [...new Set(partitions.flatMap(one => one.brokerIds))]
  while (!isOver()) {
    const read = await Promise.all(
      brokerIds.map(async brokerId => {
        const held = partitions.filter(one => one.brokerIds.includes(brokerId))
        const wanted = held.map(place => ({ ...place, offset: comparison.positionOf(place) }))
        return { brokerId, found: await readOrNothing(brokerId, wanted) }
      }),
    )
    if (isOver()) break
    const verdict = comparison.compare(({ topic, partition }) =>
      read.flatMap(({ brokerId, found }) => replicasIn(found, { topic, partition, brokerId })),
    )
    if (verdict.type === 'off') return 1
    if (host.clock.monotonicMs() - reportedMs <= intervalMs) continue
    reportedMs = host.clock.monotonicMs()
    const { topic = 'null', partition, lag = -1, offset = -1 } = verdict.most ?? {}
    const name = partition === undefined ? topic : `${topic}-${partition}`
    tell(`max lag is ${lag} for partition ${name} at offset ${offset} among ${comparison.size} partitions`) // prettier-ignore
  }
  return exitCodeOf(signal.reason as TerminalSignal)
}

function filterOf(given: VerificationOptions): TopicFilter {
  const raw = given.value(given.has('topics-include') ? 'topics-include' : 'topic-white-list')
  try {
    return new TopicFilter(raw)
  } catch (error) {
    throw new ToolError('java.lang.RuntimeException', `${raw} is an invalid regex`, error)
  }
}

async function partitionsOf(admin: Admin, filter: TopicFilter): Promise<Replicated[]> {
  const topics = await throughFuture(admin.listTopics({ listInternal: true }))
  const described = await throughFuture(admin.describeTopics(topics.map(({ name }) => name)))
  // Which brokers there are is known from here on.
  await throughFuture(admin.describeCluster())
  return Array.from(described.values(), unwrap)
    .filter(({ name }) => filter.allows(name, { excludeInternal: false }))
    .flatMap(({ name: topic, partitions }) =>
      partitions.map(({ partition, replicas }) => ({
        ...{ topic, partition, brokerIds: replicas.map(({ id }) => id) },
      })),
    )
}

async function positionsOf(
  admin: Admin,
  partitions: readonly Replicated[],
  time: number,
): Promise<ReplicaPosition[]> {
  const spec: OffsetSpec =
    time === LATEST ? 'latest' : time === EARLIEST ? 'earliest' : { timestampMs: time }
  const outcomes = await admin.listOffsets(partitions.map(place => ({ ...place, spec })))
  return outcomes.map(outcome => {
    const { offset } = unwrap(outcome)
    if (offset >= 0) return { topic: outcome.topic, partition: outcome.partition, offset }
    throw new ToolError(
      'java.lang.NullPointerException',
      'Cannot invoke "org.apache.kafka.clients.consumer.OffsetAndTimestamp.offset()" because the return value of "java.util.Map$Entry.getValue()" is null',
    )
  })
}

/** A broker that is away has nothing, and is asked again in the next round. */
function readerFor({ host }: ToolEnvironment, admin: Admin, options: ReadReplicaOptions) {
  return async (
    brokerId: number,
    wanted: readonly ReplicaPosition[],
  ): Promise<readonly ReplicaRecords[]> => {
    try {
      return await admin.readReplica(brokerId, wanted, options)
    } catch (error) {
      if (!(error instanceof NetworkError || error instanceof KafkaError)) throw error
      await sleep(host.clock, PAUSE_MS)
      const nothing = { highWatermark: -1, records: Buffer.alloc(0) }
      return wanted.map(({ topic, partition }) => ({ topic, partition, ...nothing }))
    }
  }
}

function replicasIn(
  found: readonly ReplicaRecords[],
  { topic, partition, brokerId }: TopicPartition & { readonly brokerId: number },
): Replica[] {
  const own = found.filter(one => one.topic === topic && one.partition === partition)
  return own.map(({ highWatermark, records }) => ({ brokerId, highWatermark, records }))
}
