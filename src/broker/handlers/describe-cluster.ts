import { DescribeClusterRequest, DescribeClusterResponse, ErrorCode } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'
import { clusterOperations, NOT_ASKED } from './authorized-operations.ts'
import { brokersOn } from './metadata.ts'

const BROKERS = 1

/** DescribeCluster (60): cluster id, controller, brokers (KIP-700). */
export function describeCluster(broker: BrokerContext): Handler {
  return handler(DescribeClusterRequest, DescribeClusterResponse, (body, caller) => {
    const { image } = broker.metadata
    const { endpointType } = body
    if (endpointType !== BROKERS) {
      return {
        throttleTimeMs: 0,
        errorCode: ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
        errorMessage: `Unsupported endpoint type ${endpointType}`,
        endpointType,
        clusterId: '',
        brokers: [],
      }
    }
    return {
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      errorMessage: null,
      endpointType,
      clusterId: image.clusterId,
      controllerId: image.controllerId,
      brokers: brokersOn(image, caller.listenerName).map(({ nodeId, ...rest }) => ({
        brokerId: nodeId,
        ...rest,
        rack: rest.rack ?? null,
        isFenced: false,
      })),
      clusterAuthorizedOperations: body.includeClusterAuthorizedOperations
        ? clusterOperations
        : NOT_ASKED,
    }
  })
}
