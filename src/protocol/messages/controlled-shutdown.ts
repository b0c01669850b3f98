import {
  array,
  ignorable,
  int16,
  int32,
  int64,
  mapKey,
  message,
  since,
  string,
  withDefault,
  type MessageOf,
} from '../language.ts'

/**
 * A broker that is about to stop asks the controller to move leaders away. v0 has no client id in
 * its header, v2 broker epoch (KIP-380), v3 flexible.
 */
export const ControlledShutdownRequest = message({
  name: 'ControlledShutdownRequest',
  apiKey: 7,
  versions: [0, 3],
  flexible: 3,
  fields: { brokerId: int32, brokerEpoch: since(2, ignorable(withDefault(int64, -1))) },
})
export type ControlledShutdownRequest = MessageOf<typeof ControlledShutdownRequest>

/** The partitions that the broker still leads; v3 flexible. */
export const ControlledShutdownResponse = message({
  name: 'ControlledShutdownResponse',
  apiKey: 7,
  versions: [0, 3],
  flexible: 3,
  fields: {
    errorCode: int16,
    remainingPartitions: array({ topicName: mapKey(string), partitionIndex: mapKey(int32) }),
  },
})
export type ControlledShutdownResponse = MessageOf<typeof ControlledShutdownResponse>
