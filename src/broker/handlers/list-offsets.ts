import { ErrorCode, ListOffsetsRequest, ListOffsetsResponse } from '../../protocol/index.ts'
import { findOffset, segmentOffsets, type OffsetQuery } from '../../replica/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'
import { knowsOffsetNotAvailable, tellsLeaderEpoch, wantsSegmentOffsets } from '../old-versions.ts'

const READ_COMMITTED = 1

/** ListOffsets (2): the offset that belongs to a time, or to the start or end of a partition. */
export function listOffsets(broker: BrokerContext): Handler {
  return handler(ListOffsetsRequest, ListOffsetsResponse, async (body, caller) => {
    const version = caller.header.requestApiVersion
    const isolation = body.isolationLevel === READ_COMMITTED ? 'read_committed' : 'read_uncommitted'
    const asked = new Set<string>()
    const answer = async (topic: string, wanted: Wanted) => {
      const { partitionIndex, timestamp, currentLeaderEpoch } = wanted
      const key = `${topic}/${partitionIndex}`
      if (asked.has(key))
        return { partitionIndex, errorCode: ErrorCode.INVALID_REQUEST, oldStyleOffsets: [] }
      asked.add(key)
      const query = {
        topic,
        partition: partitionIndex,
        timestamp,
        currentLeaderEpoch,
        isolation,
        reader: readerOf(body.replicaId),
      } as const
      return { partitionIndex, ...(await answerIn(broker, query, wanted.maxNumOffsets, version)) }
    }
    const topics = await Promise.all(
      body.topics.map(async ({ name, partitions }) => ({
        name,
        partitions: await Promise.all(partitions.map(wanted => answer(name, wanted))),
      })),
    )
    return { topics }
  })
}

const DEBUGGER = -2

function readerOf(replicaId: number): 'consumer' | 'replica' | 'debugger' {
  if (replicaId >= 0) return 'replica'
  return replicaId === DEBUGGER ? 'debugger' : 'consumer'
}

type Wanted = ListOffsetsRequest['topics'][number]['partitions'][number]

/** In the shape of the version. */
async function answerIn(
  broker: BrokerContext,
  query: OffsetQuery,
  maxCount: number,
  version: number,
) {
  if (wantsSegmentOffsets(version)) {
    const { errorCode, offsets } = segmentOffsets(broker.replicas, query, maxCount)
    return { errorCode, oldStyleOffsets: offsets }
  }
  const found = await findOffset(broker.replicas, query)
  if (found.errorCode === ErrorCode.OFFSET_NOT_AVAILABLE && !knowsOffsetNotAvailable(version)) {
    return { ...found, errorCode: ErrorCode.LEADER_NOT_AVAILABLE, oldStyleOffsets: [] }
  }
  const leaderEpoch = tellsLeaderEpoch(version) ? found.leaderEpoch : -1
  return { ...found, leaderEpoch, oldStyleOffsets: [] }
}
