/** Records of `__remote_log_metadata` as Java's `toString` writes what they are read into (KIP-405). */
import {
  RemoteLogSegmentMetadataRecord,
  RemoteLogSegmentMetadataSnapshotRecord,
  RemoteLogSegmentMetadataUpdateRecord,
  RemotePartitionDeleteMetadataRecord,
  type Message,
  type MessageOf,
} from '../../protocol/index.ts'

type SegmentRecord = MessageOf<typeof RemoteLogSegmentMetadataRecord>
type UpdateRecord = MessageOf<typeof RemoteLogSegmentMetadataUpdateRecord>
type DeleteRecord = MessageOf<typeof RemotePartitionDeleteMetadataRecord>
type SnapshotRecord = MessageOf<typeof RemoteLogSegmentMetadataSnapshotRecord>

/** By their number in the record. */
const segmentStates = [
  ...['COPY_SEGMENT_STARTED', 'COPY_SEGMENT_FINISHED'],
  ...['DELETE_SEGMENT_STARTED', 'DELETE_SEGMENT_FINISHED'],
]
const deleteStates = [
  ...['DELETE_PARTITION_MARKED', 'DELETE_PARTITION_STARTED', 'DELETE_PARTITION_FINISHED'],
]

/** @throws Error in Kafka's words for what no broker would have written */
export function remoteLogText(message: Message, value: MessageOf<Message>): string {
  switch (message) {
    case RemoteLogSegmentMetadataRecord:
      return segmentText(value as SegmentRecord)
    case RemoteLogSegmentMetadataUpdateRecord:
      return updateText(value as UpdateRecord)
    case RemotePartitionDeleteMetadataRecord:
      return deleteText(value as DeleteRecord)
    default:
      return snapshotText(value as SnapshotRecord)
  }
}

function segmentText(record: SegmentRecord): string {
  const { startOffset, endOffset } = record
  const state = stateText(segmentStates, record.remoteLogSegmentState)
  if (startOffset < 0n) {
    throw new Error(
      `Unexpected start offset = ${startOffset}. StartOffset for a remote segment cannot be negative`,
    )
  }
  if (endOffset < startOffset) {
    throw new Error(
      `Unexpected end offset = ${endOffset}. EndOffset for a remote segment cannot be less than ` +
        `startOffset = ${startOffset}`,
    )
  }
  return (
    `RemoteLogSegmentMetadata{remoteLogSegmentId=${segmentIdText(record)}, ` +
    `startOffset=${startOffset}, endOffset=${endOffset}, brokerId=${record.brokerId}, ` +
    `maxTimestampMs=${record.maxTimestampMs}, eventTimestampMs=${record.eventTimestampMs}, ` +
    `segmentLeaderEpochs=${epochsText(record)}, ` +
    `segmentSizeInBytes=${record.segmentSizeInBytes}, customMetadata=${customText(record)}, ` +
    `state=${state}}`
  )
}

function updateText(record: UpdateRecord): string {
  return (
    `RemoteLogSegmentMetadataUpdate{remoteLogSegmentId=${segmentIdText(record)}, ` +
    `customMetadata=${customText(record)}, ` +
    `state=${stateText(segmentStates, record.remoteLogSegmentState)}, ` +
    `eventTimestampMs=${record.eventTimestampMs}, brokerId=${record.brokerId}}`
  )
}

function deleteText(record: DeleteRecord): string {
  const state = deleteStates[record.remotePartitionDeleteState]
  // Of this record Kafka does not say what it misses.
  if (state === undefined) throw new Error('null')
  return (
    `RemotePartitionDeleteMetadata{topicPartition=${partitionText(record.topicIdPartition)}, ` +
    `state=${state}, eventTimestampMs=${record.eventTimestampMs}, brokerId=${record.brokerId}}`
  )
}

function snapshotText(record: SnapshotRecord): string {
  const state = stateText(segmentStates, record.remoteLogSegmentState)
  return (
    `RemoteLogSegmentMetadataSnapshot{segmentId=${record.segmentId}, ` +
    `startOffset=${record.startOffset}, endOffset=${record.endOffset}, ` +
    `maxTimestampMs=${record.maxTimestampMs}, segmentLeaderEpochs=${epochsText(record)}, ` +
    `segmentSizeInBytes=${record.segmentSizeInBytes}, customMetadata=${customText(record)}, ` +
    `state=${state}}`
  )
}

function stateText(states: readonly string[], number: number): string {
  const state = states[number]
  if (state === undefined) throw new Error('state can not be null')
  return state
}

type Place = SegmentRecord['remoteLogSegmentId']['topicIdPartition']

const partitionText = ({ id, name, partition }: Place) => `${id}:${name}-${partition}`

const segmentIdText = ({ remoteLogSegmentId }: Pick<SegmentRecord, 'remoteLogSegmentId'>) =>
  `RemoteLogSegmentId{topicIdPartition=${partitionText(remoteLogSegmentId.topicIdPartition)}, ` +
  `id=${remoteLogSegmentId.id}}`

const customText = ({ customMetadata }: Pick<SegmentRecord, 'customMetadata'>) =>
  customMetadata === null
    ? 'Optional.empty'
    : `Optional[CustomMetadata{${customMetadata.length} bytes}]`

/** In the order of the epochs. */
function epochsText({ segmentLeaderEpochs }: Pick<SegmentRecord, 'segmentLeaderEpochs'>): string {
  const offsets = new Map(
    segmentLeaderEpochs.map(({ leaderEpoch, offset }) => [leaderEpoch, offset]),
  )
  if (offsets.size === 0) throw new Error('segmentLeaderEpochs can not be null or empty')
  const sorted = [...offsets].toSorted(([left], [right]) => left - right)
  return `{${sorted.map(([epoch, offset]) => `${epoch}=${offset}`).join(', ')}}`
}
