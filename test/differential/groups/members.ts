/** Conversations about membership: joining, sharing, leaving, being fenced and forgotten. */
import { ErrorCode } from '../../../src/protocol/index.ts'
import {
  findCoordinator,
  leaveGroup,
  listed,
  listGroups,
  pause,
  untilRebalancing,
  type Client,
  type Conversation,
  type Talk,
} from './client.ts'

export const memberConversations: Record<string, Conversation> = {
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
