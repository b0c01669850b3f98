/** Consumer groups: list, describe, delete. */
import {
  ConsumerProtocolAssignment,
  decodeVersioned,
  DeleteGroupsRequest,
  DeleteGroupsResponse,
  DescribeGroupsRequest,
  DescribeGroupsResponse,
  ErrorCode,
  ListGroupsRequest,
  ListGroupsResponse,
} from '../../protocol/index.ts'
import { apiCall } from '../connection/api-call.ts'
import type { CoordinatorType } from '../connection/cluster.ts'
import type { BrokerNode } from '../connection/cluster-view.ts'
import { failure, KafkaError, outcomeOf, toKafkaError, type Outcome } from '../errors.ts'
import type { TopicPartition } from '../topic-partition.ts'
import { authorizedOperationsOf, type AclOperation } from './acl-operations.ts'
import {
  ask,
  coordinatorsOf,
  isForAnotherCoordinator,
  settle,
  type AdminCallOptions,
  type AdminContext,
} from './context.ts'

const listGroupsCall = apiCall(ListGroupsRequest, ListGroupsResponse)
const describeGroupsCall = apiCall(DescribeGroupsRequest, DescribeGroupsResponse)
const deleteGroupsCall = apiCall(DeleteGroupsRequest, DeleteGroupsResponse)

/** As brokers write them. */
export type GroupState =
  | 'Unknown'
  | 'PreparingRebalance'
  | 'CompletingRebalance'
  | 'Stable'
  | 'Dead'
  | 'Empty'
  | 'Assigning'
  | 'Reconciling'

export interface GroupListing {
  readonly groupId: string
  readonly protocolType: string
  /** No members, offsets only: what `protocolType` '' means. */
  readonly isSimple: boolean
  /** Absent before Kafka 2.6 (KIP-518). */
  readonly state: GroupState | undefined
  /** `Classic` or `Consumer`; absent before Kafka 3.7 (KIP-848). */
  readonly type: string | undefined
}

export interface ListGroupsOptions extends AdminCallOptions {
  /** Only groups in these states; from Kafka 2.6 on. */
  readonly states?: readonly GroupState[]
  /** Only groups of these types; from Kafka 3.8 on. */
  readonly types?: readonly string[]
}

export interface ListedGroups {
  /** Consumer groups and those without members, in no particular order. */
  readonly groups: readonly GroupListing[]
  /** Brokers that did not answer: their groups are missing. */
  readonly errors: readonly KafkaError[]
}

const CONSUMER_PROTOCOL_TYPE = 'consumer'

/** Asks every broker. */
export async function listConsumerGroups(
  context: AdminContext,
  options: ListGroupsOptions = {},
): Promise<ListedGroups> {
  const { cluster } = context
  const { brokers } = await ask(context, { ...options, name: 'findAllBrokers' }, async () => {
    const view = await cluster.fetchMetadata({ topics: [] })
    if (view.brokers.size > 0) return view
    const message = 'Metadata fetch failed due to missing broker list'
    throw new KafkaError('KAFKA_ERROR', message, { retriable: true })
  }).catch((cause: unknown) => {
    options.signal?.throwIfAborted()
    throw new KafkaError('KAFKA_ERROR', 'Failed to find brokers to send ListGroups', { cause })
  })
  const groups = new Map<string, GroupListing>()
  const errors: KafkaError[] = []
  const askBroker = async ({ id }: BrokerNode): Promise<void> => {
    const listings = await ask(context, { ...options, name: 'listConsumerGroups' }, () =>
      groupsOf(context, id, options),
    )
    for (const group of listings) groups.set(group.groupId, group)
  }
  await Promise.all(
    [...brokers.values()].map(node =>
      askBroker(node).catch((error: unknown) => errors.push(toKafkaError(error))),
    ),
  )
  options.signal?.throwIfAborted()
  return { groups: [...groups.values()], errors }
}

async function groupsOf(
  { cluster }: AdminContext,
  brokerId: number,
  { states = [], types = [] }: ListGroupsOptions,
): Promise<readonly GroupListing[]> {
  const answer = await cluster.send(brokerId, listGroupsCall, () => ({
    ...(states.length > 0 ? { statesFilter: [...states] } : {}),
    ...(types.length > 0 ? { typesFilter: [...types] } : {}),
  }))
  if (answer.errorCode !== ErrorCode.NONE) throw KafkaError.of(answer.errorCode)
  return answer.groups
    .filter(({ protocolType }) => protocolType === CONSUMER_PROTOCOL_TYPE || protocolType === '')
    .map(({ groupId, protocolType, groupState, groupType }) => ({
      groupId,
      protocolType,
      isSimple: protocolType === '',
      state: groupState === '' ? undefined : (groupState as GroupState),
      type: groupType === '' ? undefined : groupType,
    }))
}

export interface MemberDescription {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  /** As the broker saw it: `/127.0.0.1`. */
  readonly host: string
  readonly assignment: readonly TopicPartition[]
}

export interface GroupDescription {
  readonly groupId: string
  readonly isSimple: boolean
  readonly members: readonly MemberDescription[]
  /** The strategy in use: `range`. */
  readonly partitionAssignor: string
  readonly state: GroupState
  readonly protocolType: string
  readonly coordinator: BrokerNode
  readonly authorizedOperations: readonly AclOperation[] | undefined
}

export interface DescribeGroupsOptions extends AdminCallOptions {
  readonly includeAuthorizedOperations?: boolean
}

/** A group that does not exist is `Dead` before Kafka 4.0, GROUP_ID_NOT_FOUND since (KIP-1043). */
export async function describeConsumerGroups(
  context: AdminContext,
  groupIds: readonly string[],
  { includeAuthorizedOperations = false, ...options }: DescribeGroupsOptions = {},
): Promise<ReadonlyMap<string, Outcome<GroupDescription>>> {
  const name = 'describeConsumerGroups(api=FIND_COORDINATOR)'
  return askCoordinators(context, groupIds, { ...options, name }, async (node, groups) => {
    const connection = await context.cluster.connectionToCoordinator(node)
    const { body } = await connection.send(describeGroupsCall, () => ({
      groups: [...groups],
      ...(includeAuthorizedOperations ? { includeAuthorizedOperations } : {}),
    }))
    return new Map(
      body.groups.map(group => [
        group.groupId,
        group.errorCode === ErrorCode.NONE
          ? describeGroup(group, node)
          : failure(KafkaError.of(group.errorCode, group.errorMessage)),
      ]),
    )
  })
}

type DescribedGroup = DescribeGroupsResponse['groups'][number]

function describeGroup(group: DescribedGroup, coordinator: BrokerNode): Outcome<GroupDescription> {
  const { groupId, groupState, protocolType, protocolData } = group
  if (protocolType !== CONSUMER_PROTOCOL_TYPE && protocolType !== '') {
    const message = `GroupId ${groupId} is not a consumer group (${protocolType}).`
    return { ok: false, error: new KafkaError('INVALID_ARGUMENT', message) }
  }
  return {
    ok: true,
    value: {
      groupId,
      isSimple: protocolType === '',
      members: group.members.map(memberDescription),
      partitionAssignor: protocolData,
      state: groupState as GroupState,
      protocolType,
      coordinator,
      authorizedOperations: authorizedOperationsOf(group.authorizedOperations),
    },
  }
}

function memberDescription(member: DescribedGroup['members'][number]): MemberDescription {
  const { memberId, groupInstanceId, clientId, clientHost, memberAssignment } = member
  return {
    memberId,
    groupInstanceId,
    clientId,
    host: clientHost,
    assignment: memberAssignment.length === 0 ? [] : partitionsIn(memberAssignment),
  }
}

function partitionsIn(assignment: Buffer): TopicPartition[] {
  const { assignedPartitions } = decodeVersioned(ConsumerProtocolAssignment, assignment)
  return assignedPartitions.flatMap(({ topic, partitions }) =>
    partitions.map(partition => ({ topic, partition })),
  )
}

export async function deleteConsumerGroups(
  context: AdminContext,
  groupIds: readonly string[],
  options: AdminCallOptions = {},
): Promise<ReadonlyMap<string, Outcome<undefined>>> {
  const name = 'deleteConsumerGroups(api=FIND_COORDINATOR)'
  return askCoordinators(context, groupIds, { ...options, name }, async (node, groups) => {
    const connection = await context.cluster.connectionToCoordinator(node)
    const { body } = await connection.send(deleteGroupsCall, () => ({ groupsNames: [...groups] }))
    return new Map(
      body.results.map(({ groupId, errorCode }) => [
        groupId,
        outcomeOf(errorCode, null, undefined),
      ]),
    )
  })
}

/** Asks each coordinator about its groups, and the next one where a group has moved. */
export function askCoordinators<V>(
  context: AdminContext,
  groupIds: readonly string[],
  call: AdminCallOptions & { readonly name: string; readonly coordinator?: CoordinatorType },
  askNode: (
    node: BrokerNode,
    groupIds: readonly string[],
  ) => Promise<ReadonlyMap<string, Outcome<V>>>,
): Promise<Map<string, Outcome<V>>> {
  const keys = [...new Set(groupIds)]
  return settle<string, V>(
    context,
    { ...call, keys, retries: isForAnotherCoordinator },
    async pending => {
      const { nodes, failures } = await coordinatorsOf(context, pending, call.coordinator)
      const results = new Map<string, Outcome<V>>(failures)
      for (const [node, groups] of nodes) {
        for (const [groupId, outcome] of await askNode(node, groups)) results.set(groupId, outcome)
      }
      return results
    },
  )
}
