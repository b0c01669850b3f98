import { int16, int32, int64, message, withDefault, type MessageOf } from '../language.ts'

/** A broker asks the controller for a block of producer ids (KIP-730). */
export const AllocateProducerIdsRequest = message({
  name: 'AllocateProducerIdsRequest',
  apiKey: 67,
  versions: [0, 0],
  flexible: 0,
  fields: { brokerId: int32, brokerEpoch: withDefault(int64, -1) },
})
export type AllocateProducerIdsRequest = MessageOf<typeof AllocateProducerIdsRequest>

/** The first of the block, and how many. */
export const AllocateProducerIdsResponse = message({
  name: 'AllocateProducerIdsResponse',
  apiKey: 67,
  versions: [0, 0],
  flexible: 0,
  fields: { throttleTimeMs: int32, errorCode: int16, producerIdStart: int64, producerIdLen: int32 },
})
export type AllocateProducerIdsResponse = MessageOf<typeof AllocateProducerIdsResponse>
