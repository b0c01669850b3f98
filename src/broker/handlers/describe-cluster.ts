import { DescribeClusterRequest, DescribeClusterResponse, ErrorCode } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'
import { clusterOperations, NOT_ASKED } from './authorized-operations.ts'
import { brokersOn } from './metadata.ts'

const BROKERS = 1
const CONTROLLERS = 2

/** DescribeCluster (60): cluster id, controller, brokers (KIP-700). */
export function describeCluster(broker: BrokerContext): Handler {
  return handler(DescribeClusterRequest, DescribeClusterResponse, (body, caller) => {
    const { image } = broker.metadata
    const { endpointType } = body
    if (endpointType !== BROKERS) {
      return {
        throttleTimeMs: 0,
        ...refusal(endpointType),
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

/** In a cluster with ZooKeeper every endpoint is a broker's (KIP-919). */
function refusal(endpointType: number): { errorCode: ErrorCode; errorMessage: string } {
  if (endpointType !== CONTROLLERS) {
    const errorMessage = `Unsupported endpoint type ${endpointType}`
    return { errorCode: ErrorCode.UNSUPPORTED_ENDPOINT_TYPE, errorMessage }
  }
  return {
    errorCode: ErrorCode.MISMATCHED_ENDPOINT_TYPE,
    errorMessage:
      'The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER',
  }
}
