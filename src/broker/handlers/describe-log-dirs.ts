import { DescribeLogDirsRequest, DescribeLogDirsResponse, ErrorCode } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'

/** DescribeLogDirs (35): where partitions lie, how large they are, what the disk has left (KIP-113, KIP-827). */
export function describeLogDirs(broker: BrokerContext): Handler {
  return handler(DescribeLogDirsRequest, DescribeLogDirsResponse, ({ topics }) => {
    const isWanted = (topic: string, partition: number): boolean =>
      topics === null ||
      topics.some(wanted => wanted.topic === topic && wanted.partitions.includes(partition))
    return {
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      results: broker.replicas.describeLogDirs(isWanted),
    }
  })
}
