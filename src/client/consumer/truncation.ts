/**
 * Notices a log that was cut below a position: after a change of leader the epoch of the last record
 * read must still reach that far, else others are stored there now (KIP-320).
 */
import { OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse } from '../../protocol/index.ts'
import { apiCall } from '../connection/api-call.ts'
import type { Cluster } from '../connection/cluster.ts'
import { partitionIn } from '../connection/cluster-view.ts'
import type { MetadataCache } from '../connection/metadata-cache.ts'
import { KafkaError } from '../errors.ts'
import { byTopic, groupBy, nameOf } from '../topic-partition.ts'
import type { PartitionState, Subscription } from './subscription.ts'

/** Before v3 brokers answer replicas only (KIP-320). */
const offsetForLeaderEpochCall = apiCall(
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponse,
  { from: 3 },
)

export interface TruncationOptions {
  readonly cluster: Cluster
  readonly metadata: MetadataCache
  readonly subscription: Subscription
  /** Whether reading may go on at the cut; else it is an error. */
  readonly mayReset: boolean
}

interface Doubtful {
  readonly state: PartitionState
  readonly position: number
  readonly leaderId: number
  readonly leaderEpoch: number
}

type Answered = OffsetForLeaderEpochResponse['topics'][number]['partitions'][number]

/** Whether the position was found under another leader than the one there is now. */
export function isDoubtful(state: PartitionState, { view }: MetadataCache): boolean {
  const leader = partitionIn(view, state.topic, state.partition)
  if (leader === undefined || leader.leaderEpoch < 0 || leader.leaderId < 0) return false
  const hasEpoch = state.position !== undefined && state.positionEpoch >= 0
  return hasEpoch && state.validatedEpoch !== leader.leaderEpoch
}

/** Asks the leaders once about all positions in doubt. @throws what is worth retrying */
export async function validatePositions(options: TruncationOptions): Promise<void> {
  const { metadata, subscription } = options
  const doubtful = Array.from(subscription.partitions).flatMap((state): Doubtful[] => {
    const leader = partitionIn(metadata.view, state.topic, state.partition)
    const { position } = state
    if (leader === undefined || position === undefined || !isDoubtful(state, metadata)) return []
    return [{ state, position, leaderId: leader.leaderId, leaderEpoch: leader.leaderEpoch }]
  })
  const groups = groupBy(doubtful, ({ leaderId }) => leaderId)
  await Promise.all([...groups].map(([leaderId, group]) => askLeader(options, leaderId, group)))
}

async function askLeader(
  options: TruncationOptions,
  leaderId: number,
  group: readonly Doubtful[],
): Promise<void> {
  const connection = await options.cluster.connectionTo(leaderId)
  const items = group.map(item => ({ ...item, topic: item.state.topic }))
  const partitions = items.map(item => ({ ...item, partition: item.state.partition }))
  let body: OffsetForLeaderEpochResponse
  try {
    const answer = await connection.send(offsetForLeaderEpochCall, () => ({
      topics: [...byTopic(partitions)].map(([topic, entries]) => ({
        topic,
        partitions: entries.map(({ partition, leaderEpoch, state }) => ({
          partition,
          currentLeaderEpoch: leaderEpoch,
          leaderEpoch: state.positionEpoch,
        })),
      })),
    }))
    body = answer.body
  } catch (error) {
    if (!(error instanceof KafkaError) || error.code !== 'UNSUPPORTED_VERSION') throw error
    for (const { state, leaderEpoch } of group) state.validatedEpoch = leaderEpoch
    return
  }
  const byName = new Map(
    body.topics.flatMap(({ topic, partitions: answers }) =>
      answers.map(answered => [nameOf({ topic, partition: answered.partition }), answered]),
    ),
  )
  for (const item of group) settle(options, item, byName.get(nameOf(item.state)))
}

function settle(
  { cluster, subscription, metadata, mayReset }: TruncationOptions,
  { state, position, leaderEpoch }: Doubtful,
  answered: Answered | undefined,
): void {
  // Sought or given up meanwhile.
  if (subscription.find(state) !== state || state.position !== position) return
  if (answered === undefined || answered.errorCode !== 0) {
    metadata.refreshSoon()
    return
  }
  const { endOffset, leaderEpoch: foundEpoch } = answered
  state.validatedEpoch = leaderEpoch
  if (endOffset < 0 || endOffset >= position) return
  if (mayReset) {
    const name = nameOf(state)
    cluster.log.info('log was truncated below the position', {
      partition: name,
      position,
      endOffset,
    })
    subscription.seek(state, endOffset, foundEpoch)
    state.validatedEpoch = leaderEpoch
    return
  }
  const message =
    `Detected log truncation for partition ${nameOf(state)}: position ${position}, ` +
    `divergent offset ${endOffset}`
  state.error = new KafkaError('LOG_TRUNCATION', message)
}
