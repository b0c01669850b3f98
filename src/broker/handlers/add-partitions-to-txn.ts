import { partitionOf } from '../../metadata/index.ts'
import {
  AddPartitionsToTxnRequest,
  AddPartitionsToTxnResponse,
  ErrorCode,
} from '../../protocol/index.ts'
import type { TopicPartition } from '../../txn/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'
import { addsToSeveralTransactions, fencedFor, knowsFenced } from '../old-versions.ts'

type Topics = AddPartitionsToTxnRequest['v3AndBelowTopics']

interface Addition {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  /** Only asks whether the partitions are in the transaction. */
  readonly verifyOnly: boolean
  readonly topics: Topics
}

/** AddPartitionsToTxn (24): all partitions of a transaction, or none, become part of it. */
export function addPartitionsToTxn(broker: BrokerContext): Handler {
  return handler(AddPartitionsToTxnRequest, AddPartitionsToTxnResponse, async (body, caller) => {
    const version = caller.header.requestApiVersion
    if (!addsToSeveralTransactions(version)) {
      const resultsByTopicV3AndBelow = await add(broker, {
        transactionalId: body.v3AndBelowTransactionalId,
        producerId: body.v3AndBelowProducerId,
        producerEpoch: body.v3AndBelowProducerEpoch,
        ...{ verifyOnly: false, topics: body.v3AndBelowTopics },
      })
      return {
        throttleTimeMs: 0,
        resultsByTopicV3AndBelow: withoutFenced(resultsByTopicV3AndBelow, knowsFenced(version)),
      }
    }
    const resultsByTransaction = await Promise.all(
      body.transactions.map(async transaction => ({
        transactionalId: transaction.transactionalId,
        topicResults: await add(broker, transaction),
      })),
    )
    return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, resultsByTransaction }
  })
}

type Results = {
  readonly name: string
  readonly resultsByPartition: readonly {
    readonly partitionIndex: number
    readonly partitionErrorCode: ErrorCode
  }[]
}[]

async function add(broker: BrokerContext, addition: Addition): Promise<Results> {
  const { topics, verifyOnly } = addition
  const { image } = broker.metadata
  const partitions = topics.flatMap(({ name, partitions }) =>
    partitions.map(partition => ({ topic: name, partition })),
  )
  const isKnown = ({ topic, partition }: TopicPartition): boolean =>
    partitionOf(image, topic, partition) !== undefined
  if (!partitions.every(isKnown)) {
    return results(topics, partition =>
      isKnown(partition) ? ErrorCode.OPERATION_NOT_ATTEMPTED : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    )
  }
  if (verifyOnly) {
    return results(topics, partition => broker.transactions.verify({ ...addition, ...partition }))
  }
  const { transactionalId, producerId, producerEpoch } = addition
  const about = { transactionalId, producerId, producerEpoch }
  const { errorCode } = await broker.transactions.addPartitions({ ...about, partitions })
  return results(topics, () => errorCode)
}

function results(topics: Topics, errorOf: (partition: TopicPartition) => ErrorCode): Results {
  return topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map(partition => ({
      partitionIndex: partition,
      partitionErrorCode: errorOf({ topic: name, partition }),
    })),
  }))
}

function withoutFenced(topics: Results, isKnown: boolean): Results {
  return topics.map(({ name, resultsByPartition }) => ({
    name,
    resultsByPartition: resultsByPartition.map(({ partitionIndex, partitionErrorCode }) => ({
      partitionIndex,
      partitionErrorCode: fencedFor(partitionErrorCode, isKnown),
    })),
  }))
}
