import { OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse } from '../../protocol/index.ts'
import { endOfEpoch } from '../../replica/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'

/** OffsetForLeaderEpoch (23): where an epoch ended, for readers and followers that look for the point where logs parted (KIP-101, KIP-320). */
export function offsetForLeaderEpoch(broker: BrokerContext): Handler {
  return handler(OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, ({ topics }) => ({
    topics: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }) => ({
        partition,
        ...endOfEpoch(broker.replicas, { topic, partition, currentLeaderEpoch, leaderEpoch }),
      })),
    })),
  }))
}
