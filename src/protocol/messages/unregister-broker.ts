import { int16, int32, message, nullable, string, type MessageOf } from '../language.ts'

/** Forgets a broker that will not come back; with KRaft only (KIP-631). */
export const UnregisterBrokerRequest = message({
  name: 'UnregisterBrokerRequest',
  apiKey: 64,
  versions: [0, 0],
  flexible: 0,
  fields: { brokerId: int32 },
})
export type UnregisterBrokerRequest = MessageOf<typeof UnregisterBrokerRequest>

export const UnregisterBrokerResponse = message({
  name: 'UnregisterBrokerResponse',
  apiKey: 64,
  versions: [0, 0],
  flexible: 0,
  fields: { throttleTimeMs: int32, errorCode: int16, errorMessage: nullable(string) },
})
export type UnregisterBrokerResponse = MessageOf<typeof UnregisterBrokerResponse>
