/** Conversations about offsets: committed, fetched, deleted. */
import {
  createTopics,
  deleteGroups,
  deleteTopics,
  leaveGroup,
  listed,
  offsetCommit,
  offsetDelete,
  offsetFetch,
  pause,
  TOPIC,
  type Conversation,
} from './client.ts'

export const offsetConversations: Record<string, Conversation> = {
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
}
