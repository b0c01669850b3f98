import {
  WriteTxnMarkersRequest,
  WriteTxnMarkersResponse,
  type ErrorCode,
} from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'

type ByTopic = Map<string, Map<number, ErrorCode>>

/**
 * WriteTxnMarkers (27): from another broker's coordinator, or an administrator who aborts a transaction
 * that hangs. Markers of one producer are answered together.
 */
export function writeTxnMarkers(broker: BrokerContext): Handler {
  return handler(WriteTxnMarkersRequest, WriteTxnMarkersResponse, async ({ markers }) => {
    const results = new Map<number, ByTopic>()
    await Promise.all(
      markers.flatMap(({ transactionResult, topics, ...about }) => {
        const byTopic: ByTopic = results.get(about.producerId) ?? new Map<string, never>()
        results.set(about.producerId, byTopic)
        const marker = { ...about, committed: transactionResult }
        return topics.flatMap(({ name, partitionIndexes }) =>
          partitionIndexes.map(async partition => {
            const errorCode = await broker.markers.write(marker, name, partition)
            const partitions = byTopic.get(name) ?? new Map<number, ErrorCode>()
            byTopic.set(name, partitions.set(partition, errorCode))
          }),
        )
      }),
    )
    return {
      markers: [...results].map(([producerId, byTopic]) => ({
        producerId,
        topics: [...byTopic].map(([name, partitions]) => ({
          name,
          partitions: [...partitions].map(([partitionIndex, errorCode]) => ({
            partitionIndex,
            errorCode,
          })),
        })),
      })),
    }
  })
}
