import {
  array,
  bytes,
  ignorable,
  int32,
  mapKey,
  message,
  nullable,
  since,
  string,
  withDefault,
  type MessageOf,
} from '../language.ts'

const topicPartitions = array({ topic: mapKey(string), partitions: array(int32) })

/**
 * What a consumer tells the leader of its group, inside JoinGroup, after an int16 version. A reader
 * takes a version of the future as the newest it knows, because versions only ever add at the end.
 * v1 what it owned (KIP-429), v2 in which generation (KIP-792), v3 its rack (KIP-881).
 */
export const ConsumerProtocolSubscription = message({
  name: 'ConsumerProtocolSubscription',
  versions: [0, 3],
  fields: {
    topics: array(string),
    userData: nullable(bytes),
    ownedPartitions: since(1, ignorable(topicPartitions)),
    generationId: since(2, ignorable(withDefault(int32, -1))),
    rackId: since(3, ignorable(nullable(string))),
  },
})
export type ConsumerProtocolSubscription = MessageOf<typeof ConsumerProtocolSubscription>

/** What the leader assigns to a consumer, inside SyncGroup, after an int16 version; all are the same. */
export const ConsumerProtocolAssignment = message({
  name: 'ConsumerProtocolAssignment',
  versions: [0, 3],
  fields: { assignedPartitions: topicPartitions, userData: nullable(bytes) },
})
export type ConsumerProtocolAssignment = MessageOf<typeof ConsumerProtocolAssignment>
