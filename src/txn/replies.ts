/** Answers of the coordinator, in today's shape; the handlers map them to the versions of the wire. */
import type { ErrorCode } from '../protocol/index.ts'
import { NO_PRODUCER_EPOCH, NO_PRODUCER_ID } from './transaction.ts'

export interface Reply {
  readonly errorCode: ErrorCode
}

export interface InitReply extends Reply {
  readonly producerId: number
  readonly producerEpoch: number
  /** Nothing is wrong, but the question has to be put again with a fresh producer id. */
  readonly needsProducerId: boolean
}

/** An error, for whatever was asked. */
export function refused(errorCode: ErrorCode): InitReply {
  return {
    errorCode,
    producerId: NO_PRODUCER_ID,
    producerEpoch: NO_PRODUCER_EPOCH,
    needsProducerId: false,
  }
}
