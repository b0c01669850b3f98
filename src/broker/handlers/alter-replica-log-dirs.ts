import { AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'

/** AlterReplicaLogDirs (34): moves replicas of this broker to another of its disks (KIP-113). */
export function alterReplicaLogDirs(broker: BrokerContext): Handler {
  return handler(AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse, ({ dirs }) => {
    const results = new Map<string, Map<number, number>>()
    for (const { path, topics } of dirs) {
      for (const { name, partitions } of topics) {
        const ofTopic = results.get(name) ?? new Map<number, number>()
        results.set(name, ofTopic)
        for (const partition of partitions) {
          ofTopic.set(partition, broker.replicas.alterLogDir(name, partition, path))
        }
      }
    }
    return {
      throttleTimeMs: 0,
      results: Array.from(results, ([topicName, partitions]) => ({
        topicName,
        partitions: Array.from(partitions, ([partitionIndex, errorCode]) => ({
          ...{ partitionIndex, errorCode },
        })),
      })),
    }
  })
}
