/** A consumer or a tool at the level of single requests, and what was heard of a broker. */
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
  DeleteGroupsRequest,
  DeleteGroupsResponse,
  DeleteTopicsRequest,
  DeleteTopicsResponse,
  DescribeGroupsRequest,
  DescribeGroupsResponse,
  ErrorCode,
  FindCoordinatorRequest,
  FindCoordinatorResponse,
  HeartbeatRequest,
  HeartbeatResponse,
  JoinGroupRequest,
  JoinGroupResponse,
  LeaveGroupRequest,
  LeaveGroupResponse,
  ListGroupsRequest,
  ListGroupsResponse,
  OffsetCommitRequest,
  OffsetCommitResponse,
  OffsetDeleteRequest,
  OffsetDeleteResponse,
  OffsetFetchRequest,
  OffsetFetchResponse,
  SyncGroupRequest,
  SyncGroupResponse,
  type MessageInput,
  type MessageOf,
} from '../../../src/protocol/index.ts'
import { subscription } from '../../group/scenario.ts'
import { Mask } from './mask.ts'
import { Wire } from './wire.ts'

export const createTopics = [CreateTopicsRequest, CreateTopicsResponse] as const
export const deleteTopics = [DeleteTopicsRequest, DeleteTopicsResponse] as const
export const findCoordinator = [FindCoordinatorRequest, FindCoordinatorResponse] as const
export const joinGroup = [JoinGroupRequest, JoinGroupResponse] as const
export const syncGroup = [SyncGroupRequest, SyncGroupResponse] as const
export const heartbeat = [HeartbeatRequest, HeartbeatResponse] as const
export const leaveGroup = [LeaveGroupRequest, LeaveGroupResponse] as const
export const describeGroups = [DescribeGroupsRequest, DescribeGroupsResponse] as const
export const listGroups = [ListGroupsRequest, ListGroupsResponse] as const
export const deleteGroups = [DeleteGroupsRequest, DeleteGroupsResponse] as const
export const offsetCommit = [OffsetCommitRequest, OffsetCommitResponse] as const
export const offsetFetch = [OffsetFetchRequest, OffsetFetchResponse] as const
export const offsetDelete = [OffsetDeleteRequest, OffsetDeleteResponse] as const

export type Join = MessageOf<typeof JoinGroupResponse>

export const TOPIC = 'read-by-groups'

/** An answer, masked, and what it answers. */
export type Heard = readonly [what: string, answer: unknown]

/** A broker and what was heard of it. */
export class Talk {
  readonly heard: Heard[] = []
  readonly #address: string
  readonly #mask = new Mask()
  readonly #wires: Wire[] = []

  constructor(address: string) {
    this.#address = address
  }

  async client(clientId: string): Promise<Client> {
    const wire = await Wire.to(this.#address, clientId)
    this.#wires.push(wire)
    return new Client(wire)
  }

  note<Answer>(what: string, answer: Answer): Answer {
    this.heard.push([what, this.#mask.of(answer)])
    return answer
  }

  close(): void {
    for (const wire of this.#wires) wire.close()
  }
}

export class Client {
  readonly wire: Wire
  memberId = ''
  generationId = -1
  instanceId: string | null = null

  constructor(wire: Wire) {
    this.wire = wire
  }

  join(
    version: number,
    groupId: string,
    fields: Partial<MessageInput<typeof JoinGroupRequest>> = {},
  ): Promise<Join> {
    return this.wire.ask(joinGroup, version, {
      groupId,
      sessionTimeoutMs: 10_000,
      ...(version === 0 ? {} : { rebalanceTimeoutMs: 20_000 }),
      memberId: this.memberId,
      ...(this.instanceId === null ? {} : { groupInstanceId: this.instanceId }),
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: subscription([TOPIC]) }],
      ...fields,
    })
  }

  /** Joins as a client does that is told its id first, and remembers what it is told. */
  async enter(
    version: number,
    groupId: string,
    fields: Partial<MessageInput<typeof JoinGroupRequest>> = {},
  ): Promise<Join> {
    let reply = await this.join(version, groupId, fields)
    if (reply.errorCode === ErrorCode.MEMBER_ID_REQUIRED) {
      this.memberId = reply.memberId
      reply = await this.join(version, groupId, fields)
    }
    this.memberId = reply.memberId
    this.generationId = reply.generationId
    return reply
  }

  sync(
    version: number,
    groupId: string,
    assignments: Readonly<Record<string, string>> = {},
    fields: Partial<MessageInput<typeof SyncGroupRequest>> = {},
  ) {
    return this.wire.ask(syncGroup, version, {
      groupId,
      generationId: this.generationId,
      memberId: this.memberId,
      ...(this.instanceId === null ? {} : { groupInstanceId: this.instanceId }),
      ...(version >= 5 ? { protocolType: 'consumer', protocolName: 'range' } : {}),
      assignments: Object.entries(assignments).map(([memberId, text]) => ({
        memberId,
        assignment: Buffer.from(text),
      })),
      ...fields,
    })
  }

  beat(
    version: number,
    groupId: string,
    fields: Partial<MessageInput<typeof HeartbeatRequest>> = {},
  ) {
    return this.wire.ask(heartbeat, version, {
      groupId,
      generationId: this.generationId,
      memberId: this.memberId,
      ...(this.instanceId === null ? {} : { groupInstanceId: this.instanceId }),
      ...fields,
    })
  }

  describe(version: number, ...groups: string[]) {
    return this.wire.ask(describeGroups, version, { groups })
  }

  commit(
    version: number,
    groupId: string,
    offsets: readonly {
      topic?: string
      partition?: number
      offset: bigint
      metadata?: string | null
    }[],
    fields: Partial<MessageInput<typeof OffsetCommitRequest>> = {},
  ) {
    const partitionsOf = (name: string) =>
      offsets
        .filter(({ topic = TOPIC }) => topic === name)
        .map(({ partition = 0, offset, metadata = null }) => ({
          partitionIndex: partition,
          committedOffset: offset,
          committedMetadata: metadata,
        }))
    const names = [...new Set(offsets.map(({ topic = TOPIC }) => topic))]
    const topics = names.map(name => ({ name, partitions: partitionsOf(name) }))
    const { generationId, memberId } = this
    const identity = version === 0 ? {} : { generationIdOrMemberEpoch: generationId, memberId }
    return this.wire.ask(offsetCommit, version, { groupId, ...identity, topics, ...fields })
  }

  fetch(version: number, groupId: string, partitionIndexes: readonly number[] | null) {
    const topics = partitionIndexes === null ? null : [{ name: TOPIC, partitionIndexes }]
    return this.wire.ask(
      offsetFetch,
      version,
      version >= 8 ? { groups: [{ groupId, topics }] } : { groupId, topics },
    )
  }
}

/** What is said to a broker in groups of its own. */
export type Conversation = (talk: Talk) => Promise<void>

export async function listed(
  client: Client,
  prefix: string,
  filter: MessageInput<typeof ListGroupsRequest> = {},
): Promise<unknown> {
  const { groups } = await client.wire.ask(listGroups, 5, filter)
  return groups.filter(each => each.groupId.startsWith(prefix))
}

export async function untilRebalancing(client: Client, groupId: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const { errorCode } = await client.beat(client.instanceId === null ? 0 : 3, groupId)
    if (errorCode === ErrorCode.REBALANCE_IN_PROGRESS) return
    await pause(50)
  }
  throw new Error(`group ${groupId} does not rebalance`)
}

export function pause(spanMs: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, spanMs))
}
