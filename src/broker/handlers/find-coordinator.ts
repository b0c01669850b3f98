import {
  GROUP_METADATA_TOPIC,
  TRANSACTION_STATE_TOPIC,
  endpointOf,
  partitionOf,
} from '../../metadata/index.ts'
import {
  ErrorCode,
  FindCoordinatorRequest,
  FindCoordinatorResponse,
  errorText,
} from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'
import { asksSeveralCoordinators } from '../old-versions.ts'

/** Types of keys. */
const GROUP = 0
const TRANSACTION = 1

interface Coordinator {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
}

/** FindCoordinator (10): the leader of the partition of `__consumer_offsets` that a group falls into, or of `__transaction_state` for a transactional id. */
export function findCoordinator(broker: BrokerContext): Handler {
  return handler(FindCoordinatorRequest, FindCoordinatorResponse, async (body, caller) => {
    const find = (key: string): Promise<Coordinator> =>
      findOne(broker, body.keyType, key, caller.listenerName)
    if (!asksSeveralCoordinators(caller.header.requestApiVersion)) return find(body.key)
    const coordinators = await Promise.all(
      body.coordinatorKeys.map(async key => ({ key, ...withoutPraise(await find(key)) })),
    )
    return { coordinators }
  })
}

async function findOne(
  broker: BrokerContext,
  keyType: number,
  key: string,
  listenerName: string,
): Promise<Coordinator> {
  const place = placeOf(broker, keyType, key)
  if (place === undefined) {
    return nowhere(ErrorCode.INVALID_REQUEST, `coordinators of type ${keyType} do not exist here`)
  }
  const { image } = broker.metadata
  if (!image.topics.has(place.topic)) {
    await broker.topics.autoCreate([place.topic])
    return nowhere(ErrorCode.COORDINATOR_NOT_AVAILABLE)
  }
  const partition = partitionOf(image, place.topic, place.partition)
  const leader = image.brokers.get(partition?.leader ?? -1)
  const endpoint = leader === undefined ? undefined : endpointOf(leader, listenerName)
  if (leader === undefined || endpoint === undefined) {
    return nowhere(ErrorCode.COORDINATOR_NOT_AVAILABLE)
  }
  const { host, port } = endpoint
  return {
    nodeId: leader.id,
    host,
    port,
    errorCode: ErrorCode.NONE,
    errorMessage: errorText(ErrorCode.NONE),
  }
}

/** Whose leader coordinates the key; `undefined` for a type that does not exist here. */
function placeOf({ groups, transactions }: BrokerContext, keyType: number, key: string) {
  if (keyType === GROUP) return { topic: GROUP_METADATA_TOPIC, partition: groups.partitionFor(key) }
  if (keyType !== TRANSACTION) return undefined
  return { topic: TRANSACTION_STATE_TOPIC, partition: transactions.partitionFor(key) }
}

function nowhere(errorCode: ErrorCode, errorMessage = errorText(errorCode)): Coordinator {
  return { nodeId: -1, host: '', port: -1, errorCode, errorMessage }
}

/** Asked for several keys, Kafka says nothing where nothing is wrong; asked for one, it says NONE. */
function withoutPraise(found: Coordinator): Coordinator {
  return found.errorCode === ErrorCode.NONE ? { ...found, errorMessage: '' } : found
}
