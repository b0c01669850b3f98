import { EndTxnRequest, EndTxnResponse } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'
import { fencedFor, knowsFenced } from '../old-versions.ts'

/** EndTxn (26): commits or aborts; answered when that is decided for good, before all partitions know. */
export function endTxn(broker: BrokerContext): Handler {
  return handler(EndTxnRequest, EndTxnResponse, async (body, caller) => {
    const { errorCode } = await broker.transactions.endTransaction(body)
    const isFencedKnown = knowsFenced(caller.header.requestApiVersion)
    return { throttleTimeMs: 0, errorCode: fencedFor(errorCode, isFencedKnown) }
  })
}
