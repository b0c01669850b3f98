/** Calls that go to the leader of each partition. Mirrors PartitionLeaderStrategy. */
import { ErrorCode } from '../../protocol/index.ts'
import { partitionIn, type ClusterView } from '../connection/cluster-view.ts'
import { failure, KafkaError, type Outcome } from '../errors.ts'
import { groupBy, nameOf, type TopicPartition } from '../topic-partition.ts'
import { settle, type AdminContext, type NamedCall } from './context.ts'

/** The result for one partition. */
export type PartitionOutcome<T> = TopicPartition & Outcome<T>

export interface LeaderCall<T extends TopicPartition, V> extends NamedCall {
  readonly partitions: readonly T[]
  /** Asks one broker about those that it leads; results by `nameOf`. */
  readonly askLeader: (
    leaderId: number,
    partitions: readonly T[],
  ) => Promise<ReadonlyMap<string, Outcome<V>>>
  readonly retries?: (error: KafkaError) => boolean
}

/** Results in the order of `partitions`, each partition once. */
export async function askLeaders<T extends TopicPartition, V>(
  context: AdminContext,
  call: LeaderCall<T, V>,
): Promise<PartitionOutcome<V>[]> {
  const byName = new Map(call.partitions.map(item => [nameOf(item), item]))
  const topics = [...new Set(call.partitions.map(item => item.topic))]
  const outcomes = await settle<string, V>(
    context,
    { ...call, keys: [...byName.keys()] },
    async names => {
      const view = await context.cluster.fetchMetadata({ topics })
      const items = names.flatMap(name => byName.get(name) ?? [])
      return askOnce(view, items, call.askLeader)
    },
  )
  return [...outcomes].flatMap(([name, outcome]) => {
    const item = byName.get(name)
    return item === undefined ? [] : [{ topic: item.topic, partition: item.partition, ...outcome }]
  })
}

async function askOnce<T extends TopicPartition, V>(
  view: ClusterView,
  items: readonly T[],
  askLeader: LeaderCall<T, V>['askLeader'],
): Promise<Map<string, Outcome<V>>> {
  const results = new Map<string, Outcome<V>>()
  const led: { item: T; leaderId: number }[] = []
  for (const item of items) {
    const leader = leaderOf(view, item)
    if (leader.ok) led.push({ item, leaderId: leader.value })
    else results.set(nameOf(item), leader)
  }
  const groups = groupBy(led, ({ leaderId }) => leaderId)
  await Promise.all(
    [...groups].map(async ([leaderId, group]) => {
      const answers = await askLeader(
        leaderId,
        group.map(({ item }) => item),
      )
      for (const { item } of group) {
        const missing = failure(new KafkaError('UNKNOWN_SERVER_ERROR', noAnswer(item)))
        results.set(nameOf(item), answers.get(nameOf(item)) ?? missing)
      }
    }),
  )
  return results
}

function noAnswer(item: TopicPartition): string {
  return `The response from the broker did not contain a result for partition ${nameOf(item)}`
}

function leaderOf(view: ClusterView, { topic, partition }: TopicPartition): Outcome<number> {
  const topicView = view.topics.get(topic)
  if (topicView === undefined) return failure(new KafkaError('UNKNOWN_TOPIC_OR_PARTITION'))
  if (topicView.errorCode !== ErrorCode.NONE) return failure(KafkaError.of(topicView.errorCode))
  const found = partitionIn(view, topic, partition)
  if (found === undefined) return failure(new KafkaError('UNKNOWN_TOPIC_OR_PARTITION'))
  if (found.leaderId >= 0) return { ok: true, value: found.leaderId }
  const isFault = found.errorCode !== ErrorCode.NONE
  return failure(KafkaError.of(isFault ? found.errorCode : ErrorCode.LEADER_NOT_AVAILABLE))
}
