import { javaHashPartition } from '../bytes/index.ts'

/** The topic that keeps groups, one partition of which each group belongs to for good. */
export const GROUP_METADATA_TOPIC = '__consumer_offsets'

/** The partition whose leader coordinates the group: all brokers and clients must agree on it. */
export function groupPartition(groupId: string, partitionCount: number): number {
  return javaHashPartition(groupId, partitionCount)
}
