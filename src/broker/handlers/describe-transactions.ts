import { DescribeTransactionsRequest, DescribeTransactionsResponse } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'

/** DescribeTransactions (65): how transactional ids stand that this broker coordinates. */
export function describeTransactions(broker: BrokerContext): Handler {
  return handler(DescribeTransactionsRequest, DescribeTransactionsResponse, body => ({
    throttleTimeMs: 0,
    transactionStates: body.transactionalIds.map(id => {
      const described = broker.transactions.describe(id)
      const { errorCode, transactionalId, producerId, producerEpoch } = described
      return {
        ...{ errorCode, transactionalId, producerId, producerEpoch },
        transactionState: described.phase,
        transactionTimeoutMs: described.timeoutMs,
        transactionStartTimeMs: described.startMs,
        topics: [...described.partitions].map(([topic, partitions]) => ({
          topic,
          partitions: [...partitions],
        })),
      }
    }),
  }))
}
