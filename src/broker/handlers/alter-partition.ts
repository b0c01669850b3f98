import type { IsrChange } from '../../controller/index.ts'
import { AlterPartitionRequest, AlterPartitionResponse, ErrorCode } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'
import { altersByTopicId, altersWithEpochs } from '../old-versions.ts'

type Topic = AlterPartitionRequest['topics'][number]

/** AlterPartition (56): a leader asks the controller for other in-sync replicas (KIP-497). */
export function alterPartition(broker: BrokerContext): Handler {
  return handler(AlterPartitionRequest, AlterPartitionResponse, async (body, caller) => {
    const version = caller.header.requestApiVersion
    const controller = broker.controller()
    const byId = altersByTopicId(version)
    const nameOf = ({ topicName, topicId }: Topic): string | undefined =>
      byId ? controller.topicName(topicId) : topicName
    // Asked for in the controller's own turn: its topics are known then as they are.
    const changesOf = (): IsrChange[] =>
      body.topics.flatMap(topic => {
        const name = nameOf(topic)
        return name === undefined ? [] : changesIn(name, topic, altersWithEpochs(version))
      })
    const { brokerId, brokerEpoch } = body
    const answer = await controller.alterPartitions(brokerId, BigInt(brokerEpoch), changesOf)
    if (typeof answer === 'number') return { throttleTimeMs: 0, errorCode: answer, topics: [] }
    const results = new Map(
      answer.results.map(({ topic, partition, result }) => [`${topic}/${partition}`, result]),
    )
    const topics = body.topics.map(topic => {
      const name = nameOf(topic)
      return {
        ...(byId ? { topicId: topic.topicId } : { topicName: topic.topicName }),
        partitions: topic.partitions.map(({ partitionIndex }) => {
          const unknown = ErrorCode.UNKNOWN_TOPIC_ID
          const result = name === undefined ? unknown : results.get(`${name}/${partitionIndex}`)
          return describe(partitionIndex, forVersion(result ?? unknown, version))
        }),
      }
    })
    return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, topics }
  })
}

function changesIn(topic: string, { partitions }: Topic, withEpochs: boolean): IsrChange[] {
  return partitions.map(wanted => {
    const { partitionIndex, leaderEpoch, partitionEpoch, newIsr, newIsrWithEpochs } = wanted
    return {
      ...{ topic, partition: partitionIndex, leaderEpoch, partitionEpoch },
      isr: withEpochs ? newIsrWithEpochs.map(({ brokerId }) => brokerId) : newIsr,
      ...(withEpochs
        ? { epochs: newIsrWithEpochs.map(({ brokerEpoch }) => BigInt(brokerEpoch)) }
        : {}),
      leaderRecoveryState: wanted.leaderRecoveryState === 1 ? 1 : 0,
    }
  })
}

type Result = Parameters<typeof describe>[1]

/** Leaders of before v2 do not know that a replica may be ineligible. */
function forVersion(result: Result, version: number): Result {
  const isNews = result === ErrorCode.INELIGIBLE_REPLICA && !altersByTopicId(version)
  return isNews ? ErrorCode.OPERATION_NOT_ATTEMPTED : result
}

interface Altered {
  readonly leader: number
  readonly leaderEpoch: number
  readonly isr: readonly number[]
  readonly partitionEpoch: number
  readonly leaderRecoveryState?: 0 | 1
}

function describe(partitionIndex: number, result: Altered | ErrorCode) {
  if (typeof result === 'number') {
    const none = { leaderId: 0, leaderEpoch: 0, isr: [], partitionEpoch: 0 }
    return { partitionIndex, errorCode: result, ...none }
  }
  const { leader, leaderEpoch, isr, partitionEpoch, leaderRecoveryState = 0 } = result
  return {
    ...{ partitionIndex, errorCode: ErrorCode.NONE, leaderId: leader, leaderEpoch },
    ...{ isr: [...isr], partitionEpoch, leaderRecoveryState },
  }
}
