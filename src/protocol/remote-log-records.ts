/**
 * The records of `__remote_log_metadata`: which segments lie in tiered storage (KIP-405). Only tools read
 * them: `kafka-dump-log --remote-log-metadata-decoder`.
 */
import {
  array,
  bytes,
  int32,
  int64Exact,
  int8,
  message,
  type Message,
  nullable,
  string,
  struct,
  uuid,
} from './language.ts'

export const RemoteLogSegmentMetadataRecord = message({
  name: 'RemoteLogSegmentMetadataRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    remoteLogSegmentId: struct({
      topicIdPartition: struct({ name: string, id: uuid, partition: int32 }),
      id: uuid,
    }),
    startOffset: int64Exact,
    endOffset: int64Exact,
    brokerId: int32,
    maxTimestampMs: int64Exact,
    eventTimestampMs: int64Exact,
    segmentLeaderEpochs: array({ leaderEpoch: int32, offset: int64Exact }),
    segmentSizeInBytes: int32,
    customMetadata: nullable(bytes),
    remoteLogSegmentState: int8,
  },
})

export const RemoteLogSegmentMetadataUpdateRecord = message({
  name: 'RemoteLogSegmentMetadataUpdateRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    remoteLogSegmentId: struct({
      topicIdPartition: struct({ name: string, id: uuid, partition: int32 }),
      id: uuid,
    }),
    brokerId: int32,
    eventTimestampMs: int64Exact,
    customMetadata: nullable(bytes),
    remoteLogSegmentState: int8,
  },
})

export const RemotePartitionDeleteMetadataRecord = message({
  name: 'RemotePartitionDeleteMetadataRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    topicIdPartition: struct({ name: string, id: uuid, partition: int32 }),
    brokerId: int32,
    eventTimestampMs: int64Exact,
    remotePartitionDeleteState: int8,
  },
})

export const RemoteLogSegmentMetadataSnapshotRecord = message({
  name: 'RemoteLogSegmentMetadataSnapshotRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    segmentId: uuid,
    startOffset: int64Exact,
    endOffset: int64Exact,
    brokerId: int32,
    maxTimestampMs: int64Exact,
    eventTimestampMs: int64Exact,
    segmentLeaderEpochs: array({ leaderEpoch: int32, offset: int64Exact }),
    segmentSizeInBytes: int32,
    customMetadata: nullable(bytes),
    remoteLogSegmentState: int8,
  },
})

/** Under the id that a record begins with. */
export const remoteLogRecords: ReadonlyMap<number, Message> = new Map<number, Message>([
  [0, RemoteLogSegmentMetadataRecord],
  [1, RemoteLogSegmentMetadataUpdateRecord],
  [2, RemotePartitionDeleteMetadataRecord],
  [3, RemoteLogSegmentMetadataSnapshotRecord],
])
