import { javaHashPartition } from '../bytes/index.ts'

/** The partition of `__consumer_offsets` whose leader coordinates the group: all brokers must agree on it. */
export function groupPartition(groupId: string, partitionCount: number): number {
  return javaHashPartition(groupId, partitionCount)
}
