/** What is said to both brokers. Each conversation has groups of its own and tells what it heard. */
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

const createTopics = [CreateTopicsRequest, CreateTopicsResponse] as const
const deleteTopics = [DeleteTopicsRequest, DeleteTopicsResponse] as const
const findCoordinator = [FindCoordinatorRequest, FindCoordinatorResponse] as const
const joinGroup = [JoinGroupRequest, JoinGroupResponse] as const
const syncGroup = [SyncGroupRequest, SyncGroupResponse] as const
const heartbeat = [HeartbeatRequest, HeartbeatResponse] as const
const leaveGroup = [LeaveGroupRequest, LeaveGroupResponse] as const
const describeGroups = [DescribeGroupsRequest, DescribeGroupsResponse] as const
const listGroups = [ListGroupsRequest, ListGroupsResponse] as const
const deleteGroups = [DeleteGroupsRequest, DeleteGroupsResponse] as const
const offsetCommit = [OffsetCommitRequest, OffsetCommitResponse] as const
const offsetFetch = [OffsetFetchRequest, OffsetFetchResponse] as const
const offsetDelete = [OffsetDeleteRequest, OffsetDeleteResponse] as const

type Join = MessageOf<typeof JoinGroupResponse>

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

class Client {
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

type Conversation = (talk: Talk) => Promise<void>

export async function prepare(talk: Talk): Promise<void> {
  const admin = await talk.client('admin')
  const topic = {
    name: TOPIC,
    numPartitions: 3,
    replicationFactor: 1,
    assignments: [],
    configs: [],
  }
  await admin.wire.ask(createTopics, 5, { topics: [topic], timeoutMs: 10_000 })
  // Until the offsets topic is there and its partitions are read.
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const reply = await admin.wire.ask(findCoordinator, 0, { key: 'g' })
    const group = await admin.describe(0, 'a', 'b', 'c', 'd', 'e', 'f', 'g')
    const isReady = group.groups.every(each => each.errorCode === ErrorCode.NONE)
    const { errorCode } = await admin.join(0, 'warm-up', { sessionTimeoutMs: 1 })
    if (
      reply.errorCode === ErrorCode.NONE &&
      isReady &&
      errorCode === ErrorCode.INVALID_SESSION_TIMEOUT
    )
      return
    await pause(200)
  }
  throw new Error('the coordinator does not come up')
}

export const conversations: Record<string, Conversation> = {
  'a group of two, in every version': async talk => {
    for (let version = 0; version <= 9; version += 1) await twoMembers(talk, version)
  },

  'joins that are refused': async talk => {
    const client = await talk.client('refused')
    const g = 'refusing'
    for (const version of [0, 4, 9]) {
      const note = async (what: string, fields: Parameters<Client['join']>[2]): Promise<void> => {
        talk.note(`v${version} ${what}`, await client.join(version, g, fields))
      }
      await note('session too short', { sessionTimeoutMs: 5_999 })
      await note('session too long', { sessionTimeoutMs: 1_800_001 })
      await note('no group id', { groupId: '' })
      await note('unknown member', { memberId: 'ghost' })
      await note('no protocols', { protocols: [] })
      await note('no protocol type', { protocolType: '' })
    }
    await client.enter(4, g)
    const other = await talk.client('other')
    talk.note('other type', await other.join(4, g, { protocolType: 'connect' }))
    const protocols = [{ name: 'sticky', metadata: Buffer.alloc(0) }]
    talk.note('other protocols', await other.join(4, g, { protocols }))
    talk.note('id of nobody', await other.join(4, g, { memberId: 'ghost' }))
    talk.note(
      'instance of nobody',
      await other.join(5, g, { memberId: 'ghost', groupInstanceId: 'i' }),
    )
  },

  'static members': async talk => {
    const g = 'static'
    const [a, b, twin] = [await talk.client('a'), await talk.client('b'), await talk.client('twin')]
    a.instanceId = 'ia'
    b.instanceId = twin.instanceId = 'ib'
    talk.note('a joins', await a.enter(9, g))
    talk.note('a syncs', await a.sync(5, g, { [a.memberId]: 'A' }))
    const joining = b.enter(9, g)
    await untilRebalancing(a, g)
    talk.note('a joins again', await a.enter(9, g))
    talk.note('b joins', await joining)
    const syncing = b.sync(5, g)
    talk.note('a syncs', await a.sync(5, g, { [a.memberId]: 'A', [b.memberId]: 'B' }))
    talk.note('b syncs', await syncing)
    talk.note('twin joins', await twin.enter(9, g))
    talk.note('twin syncs', await twin.sync(5, g))
    talk.note('b heartbeat', await b.beat(4, g))
    talk.note('b syncs', await b.sync(5, g))
    talk.note('b joins', await b.join(9, g))
    const identity = { groupInstanceId: 'ib' }
    talk.note('b commits', await b.commit(8, g, [{ offset: 1n }], identity))
    const leaving = { memberId: b.memberId, groupInstanceId: 'ib' }
    talk.note('b leaves', await b.wire.ask(leaveGroup, 5, { groupId: g, members: [leaving] }))
    talk.note('described', await a.describe(5, g))
    // The leader comes back: told not to assign, or that its former self leads.
    a.memberId = ''
    talk.note('a is back, v9', await a.enter(9, g))
    talk.note('a syncs', await a.sync(5, g))
    a.memberId = ''
    talk.note('a is back, v8', await a.enter(8, g))
    talk.note('a syncs', await a.sync(5, g))
    talk.note('a as nobody', await a.beat(4, g, { groupInstanceId: 'nobody' }))
    const byInstance = [
      { memberId: '', groupInstanceId: 'ib' },
      { memberId: '', groupInstanceId: 'nobody' },
      { memberId: 'ghost', groupInstanceId: null },
      { memberId: '', groupInstanceId: null },
    ]
    talk.note('removed', await a.wire.ask(leaveGroup, 3, { groupId: g, members: byInstance }))
    talk.note('a heartbeat', await a.beat(4, g))
  },

  'SyncGroup, Heartbeat and LeaveGroup of strangers and zombies': async talk => {
    const g = 'zombies'
    const [a, stranger] = [await talk.client('a'), await talk.client('stranger')]
    talk.note('sync without group', await stranger.sync(0, g))
    talk.note('beat without group', await stranger.beat(0, g))
    const leave = (version: number, client: Client, groupId: string) =>
      client.wire.ask(
        leaveGroup,
        version,
        version >= 3
          ? { groupId, members: [{ memberId: client.memberId, groupInstanceId: null }] }
          : { groupId, memberId: client.memberId },
      )
    for (let version = 0; version <= 5; version += 1) {
      talk.note(`leave v${version} without group`, await leave(version, stranger, g))
      talk.note(`leave v${version} without group id`, await leave(version, stranger, ''))
    }
    await a.enter(5, g)
    talk.note('beat between', await a.beat(0, g))
    talk.note('commit between', await a.commit(2, g, [{ offset: 1n }]))
    await a.sync(3, g, { [a.memberId]: 'A' })
    talk.note('sync of a stranger', await stranger.sync(5, g))
    talk.note('sync of an old generation', await a.sync(5, g, {}, { generationId: 0 }))
    talk.note(
      'sync of another type',
      await a.sync(5, g, {}, { protocolType: 'connect', protocolName: 'range' }),
    )
    talk.note(
      'sync of another name',
      await a.sync(5, g, {}, { protocolType: 'consumer', protocolName: 'x' }),
    )
    const unnamed = { protocolType: null, protocolName: null }
    talk.note('sync without protocol', await a.sync(5, g, {}, unnamed))
    talk.note('sync of a stranger without protocol', await stranger.sync(5, g, {}, unnamed))
    talk.note('sync without protocol and group', await a.sync(5, '', {}, unnamed))
    talk.note(
      'sync in order',
      await a.sync(5, g, {}, { protocolType: 'consumer', protocolName: 'range' }),
    )
    for (const groupId of [g, '']) {
      talk.note('beat of a stranger', await stranger.beat(3, groupId))
      talk.note('beat of an old generation', await a.beat(3, groupId, { generationId: 0 }))
      talk.note('sync without id', await a.sync(3, groupId, {}, { generationId: 7 }))
    }
    for (let version = 0; version <= 5; version += 1) {
      talk.note(`leave v${version} of a stranger`, await leave(version, stranger, g))
    }
    talk.note('leave', await leave(5, a, g))
    talk.note('beat after', await a.beat(4, g))
    talk.note('sync after', await a.sync(5, g))
    talk.note('described', await a.describe(5, g, 'never-heard-of'))
  },

  'a session that ends': async talk => {
    const g = 'silent'
    const a = await talk.client('a')
    await a.enter(5, g, { sessionTimeoutMs: 6_000 })
    await a.sync(3, g, { [a.memberId]: 'A' })
    await pause(7_500)
    talk.note('beat', await a.beat(3, g))
    talk.note('commit', await a.commit(7, g, [{ offset: 1n }]))
    talk.note('described', await a.describe(5, g))
  },

  'commits and fetches, in every version': async talk => {
    const client = await talk.client('committer')
    const g = 'offsets'
    for (let version = 1; version <= 9; version += 1) {
      const before = version >= 2 ? null : [0, 1]
      talk.note(
        `fetch v${version} of nothing`,
        await client.fetch(version, `${g}-${version}`, [0, 1]),
      )
      talk.note(
        `fetch v${version} of all nothing`,
        await client.fetch(version, `${g}-${version}`, before),
      )
      const offsets = [
        { offset: BigInt(version), metadata: `v${version}` },
        { offset: 2n ** 63n - 1n, partition: 1 },
        { offset: 1n, partition: 99 },
        { offset: 1n, topic: 'no-such-topic' },
        { offset: -5n, partition: 2 },
      ]
      talk.note(`commit v${version}`, await client.commit(version, `${g}-${version}`, offsets))
      talk.note(`fetch v${version}`, await client.fetch(version, `${g}-${version}`, [0, 1, 2, 99]))
      talk.note(`fetch v${version} of all`, await client.fetch(version, `${g}-${version}`, before))
    }
    talk.note(
      'too much metadata',
      await client.commit(8, g, [
        { offset: 1n, metadata: 'x'.repeat(4_097) },
        { offset: 2n, partition: 1, metadata: 'x'.repeat(4_096) },
      ]),
    )
    talk.note('fetched', await client.fetch(8, g, [0, 1]))
    talk.note(
      'generation without group',
      await client.commit(8, 'new', [{ offset: 1n }], { generationIdOrMemberEpoch: 3 }),
    )
    talk.note('nothing to commit', await client.commit(8, 'new', []))
    talk.note(
      'leader epoch',
      await client.wire.ask(offsetCommit, 6, {
        groupId: g,
        generationIdOrMemberEpoch: -1,
        memberId: '',
        topics: [
          {
            name: TOPIC,
            partitions: [
              {
                partitionIndex: 0,
                committedOffset: 1n,
                committedLeaderEpoch: 5,
                committedMetadata: '',
              },
            ],
          },
        ],
      }),
    )
    talk.note('with its epoch', await client.fetch(5, g, [0]))
    talk.note(
      'several groups',
      await client.wire.ask(offsetFetch, 8, {
        groups: [
          { groupId: g, topics: null },
          { groupId: 'never-heard-of', topics: null },
          { groupId: 'offsets-1', topics: [{ name: TOPIC, partitionIndexes: [2, 0] }] },
        ],
        requireStable: true,
      }),
    )
    talk.note('listed', await listed(client, 'offsets'))
  },

  'commits of members and others': async talk => {
    const g = 'committing-members'
    const [a, tool] = [await talk.client('a'), await talk.client('tool')]
    await a.enter(5, g)
    await a.sync(3, g, { [a.memberId]: 'A' })
    talk.note('a member', await a.commit(7, g, [{ offset: 1n }]))
    talk.note('a tool', await tool.commit(7, g, [{ offset: 2n }]))
    talk.note(
      'an old generation',
      await a.commit(7, g, [{ offset: 3n }], { generationIdOrMemberEpoch: 0 }),
    )
    talk.note(
      'a member without generation',
      await a.commit(7, g, [{ offset: 3n }], { generationIdOrMemberEpoch: -1 }),
    )
    talk.note(
      'an unknown member',
      await tool.commit(7, g, [{ offset: 3n }], {
        memberId: 'ghost',
        generationIdOrMemberEpoch: 1,
      }),
    )
    talk.note(
      'an unknown instance',
      await a.commit(7, g, [{ offset: 3n }], { groupInstanceId: 'nobody' }),
    )
    talk.note('fetched', await tool.fetch(8, g, null))
    const members = [{ memberId: a.memberId, groupInstanceId: null }]
    await a.wire.ask(leaveGroup, 3, { groupId: g, members })
    talk.note('a tool, empty', await tool.commit(7, g, [{ offset: 4n }]))
    talk.note('a former member, empty', await a.commit(7, g, [{ offset: 5n }]))
    talk.note('fetched, empty', await tool.fetch(8, g, null))
  },

  'deletion of offsets and groups': async talk => {
    const g = 'deleted'
    const [a, tool] = [await talk.client('a'), await talk.client('tool')]
    const forget = (groupId: string, ...names: string[]) =>
      tool.wire.ask(offsetDelete, 0, {
        groupId,
        topics: names.map(name => ({
          name,
          partitions: [{ partitionIndex: 0 }, { partitionIndex: 99 }],
        })),
      })
    const drop = (version: number, ...groupsNames: string[]) =>
      tool.wire.ask(deleteGroups, version, { groupsNames })
    const unread = 'unread-by-groups'
    const topic = {
      name: unread,
      numPartitions: 1,
      replicationFactor: 1,
      assignments: [],
      configs: [],
    }
    await tool.wire.ask(createTopics, 5, { topics: [topic], timeoutMs: 10_000 })
    await pause(500)

    talk.note('offsets of nobody', await forget('nobody', TOPIC))
    talk.note('offsets of no name', await forget('', TOPIC))
    for (const version of [0, 1, 2]) talk.note('nobody', await drop(version, 'nobody', ''))
    await a.enter(5, g)
    await a.sync(3, g, { [a.memberId]: 'A' })
    await a.commit(7, g, [{ offset: 1n }, { topic: unread, offset: 1n }])
    talk.note('in use', await drop(1, g))
    talk.note('offsets in use', await forget(g, TOPIC, unread, 'no-such-topic'))
    talk.note('left', await tool.fetch(8, g, null))
    const members = [{ memberId: a.memberId, groupInstanceId: null }]
    await a.wire.ask(leaveGroup, 3, { groupId: g, members })
    await tool.commit(7, g, [{ topic: unread, offset: 2n }])
    await tool.wire.ask(deleteTopics, 3, { topicNames: [unread], timeoutMs: 10_000 })
    await pause(1_000)
    talk.note('left when a topic is deleted', await tool.fetch(8, g, null))
    talk.note('dropped', await drop(2, g))
    talk.note('dropped again', await drop(2, g))
    talk.note('left when dropped', await tool.fetch(8, g, null))
    await tool.commit(7, 'one-offset', [{ offset: 1n }])
    talk.note('its last offset', await forget('one-offset', TOPIC))
    talk.note('group without offsets', await tool.describe(0, 'one-offset'))
    talk.note('listed', await listed(tool, 'one-offset'))
  },

  'descriptions and lists, in every version': async talk => {
    const g = 'described'
    const [a, tool] = [await talk.client('a'), await talk.client('tool')]
    await tool.commit(7, `${g}-empty`, [{ offset: 1n }])
    const joining = a.enter(5, g)
    await joining
    for (let version = 0; version <= 5; version += 1) {
      talk.note(`completing v${version}`, await tool.describe(version, g))
    }
    await a.sync(3, g, { [a.memberId]: 'A' })
    for (let version = 0; version <= 5; version += 1) {
      talk.note(`described v${version}`, await tool.describe(version, g, `${g}-empty`, 'x', ''))
    }
    for (let version = 0; version <= 5; version += 1) {
      const { groups, ...rest } = await tool.wire.ask(listGroups, version, {})
      talk.note(`listed v${version}`, {
        ...rest,
        groups: groups.filter(each => each.groupId.startsWith(g)),
      })
    }
    for (const states of [['Stable'], ['sTABLE', 'Empty'], ['Dead'], ['nonsense']]) {
      talk.note(`listed ${states.join()}`, await listed(tool, g, { statesFilter: states }))
    }
    for (const types of [['classic'], ['CLASSIC'], ['consumer'], ['nonsense']]) {
      talk.note(`listed ${types.join()}`, await listed(tool, g, { typesFilter: types }))
    }
    for (let version = 0; version <= 6; version += 1) {
      const keys = version >= 4 ? { coordinatorKeys: [g, ''] } : { key: g }
      talk.note(`found v${version}`, await tool.wire.ask(findCoordinator, version, keys))
    }
  },
}

async function listed(
  client: Client,
  prefix: string,
  filter: MessageInput<typeof ListGroupsRequest> = {},
): Promise<unknown> {
  const { groups } = await client.wire.ask(listGroups, 5, filter)
  return groups.filter(each => each.groupId.startsWith(prefix))
}

/** Two consumers come, share, rebalance and leave. */
async function twoMembers(talk: Talk, version: number): Promise<void> {
  const g = `two-${version}`
  const syncVersion = Math.min(version, 5)
  const beatVersion = Math.min(version, 4)
  const [a, b] = [await talk.client(`a${version}`), await talk.client(`b${version}`)]
  const note = <Answer>(what: string, answer: Answer): Answer =>
    talk.note(`v${version} ${what}`, answer)

  const first = note('a asks', await a.join(version, g))
  if (first.errorCode === ErrorCode.MEMBER_ID_REQUIRED) a.memberId = first.memberId
  else Object.assign(a, { memberId: first.memberId, generationId: first.generationId })
  if (first.errorCode !== ErrorCode.NONE) note('a joins', await a.enter(version, g))
  note('a syncs', await a.sync(syncVersion, g, { [a.memberId]: 'everything' }))
  note('a beats', await a.beat(beatVersion, g))

  const joining = b.enter(version, g)
  await untilRebalancing(a, g)
  note('a beats in a rebalance', await a.beat(beatVersion, g))
  note('a syncs in a rebalance', await a.sync(syncVersion, g))
  note('described', await a.describe(0, g))
  note('a joins again', await a.enter(version, g))
  note('b joins', await joining)
  const syncing = b.sync(syncVersion, g)
  await pause(100)
  note('a syncs', await a.sync(syncVersion, g, { [a.memberId]: 'left', [b.memberId]: 'right' }))
  note('b syncs', await syncing)
  note('described', await a.describe(Math.min(version, 5), g))
  note('b asks what it knows', await b.join(version, g))
  note('b syncs again', await b.sync(syncVersion, g))

  const leaving =
    version >= 3
      ? { members: [{ memberId: b.memberId, groupInstanceId: null }] }
      : { memberId: b.memberId }
  note('b leaves', await b.wire.ask(leaveGroup, Math.min(version, 5), { groupId: g, ...leaving }))
  note('a joins alone', await a.enter(version, g))
  note('a syncs without assignment', await a.sync(syncVersion, g))
}

async function untilRebalancing(client: Client, groupId: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const { errorCode } = await client.beat(client.instanceId === null ? 0 : 3, groupId)
    if (errorCode === ErrorCode.REBALANCE_IN_PROGRESS) return
    await pause(50)
  }
  throw new Error(`group ${groupId} does not rebalance`)
}

function pause(spanMs: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, spanMs))
}
