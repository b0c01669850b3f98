import { ListTransactionsRequest, ListTransactionsResponse } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'

/** ListTransactions (66): the transactional ids that this broker coordinates, by state, producer and age. */
export function listTransactions(broker: BrokerContext): Handler {
  return handler(ListTransactionsRequest, ListTransactionsResponse, body => {
    const { errorCode, unknownStates, transactions } = broker.transactions.list({
      states: body.stateFilters,
      producerIds: body.producerIdFilters,
      durationMs: body.durationFilter,
    })
    return {
      ...{ throttleTimeMs: 0, errorCode },
      unknownStateFilters: [...unknownStates],
      transactionStates: [...transactions],
    }
  })
}
