/**
 * What tools ask of the controller through ZooKeeper: nodes that it takes up, and removes when it is done.
 * Kafka 3.9 in ZooKeeper mode still does.
 */
import type { TopicPartition } from '../client/index.ts'
import { array, field, integer, object, parseJson, string } from './json-fields.ts'
import type { ZooKeeperConnection } from '../znodes/index.ts'

const paths = {
  reassignment: '/admin/reassign_partitions',
  preferredElection: '/admin/preferred_replica_election',
} as const

export type ControllerRequest = keyof typeof paths

/** @returns whether it was taken: `false` while another of its kind is under way */
export async function requestOfController(
  zk: ZooKeeperConnection,
  request: ControllerRequest,
  partitions: readonly (TopicPartition & { readonly replicas?: readonly number[] })[],
): Promise<boolean> {
  const data = Buffer.from(JSON.stringify({ version: 1, partitions }))
  return (await zk.create(paths[request], data)) !== undefined
}

/** Partitions of which something is asked now. @throws ToolError for what is no such JSON */
export async function requestedPartitions(
  zk: ZooKeeperConnection,
  request: ControllerRequest,
): Promise<TopicPartition[]> {
  const node = await zk.read(paths[request])
  if (node === undefined) return []
  const fields = object(parseJson(node.data.toString()))
  return array(field(fields, 'partitions'))
    .map(object)
    .map(entry => ({
      topic: string(field(entry, 'topic')),
      partition: integer(field(entry, 'partition')),
    }))
}
