/** What Kafka 3.9 does not know: topic ids in commits and fetches, a group that is not found. */
import type { MessageInput, OffsetCommitRequest } from '../../../src/protocol/index.ts'
import {
  createTopics,
  describeGroups,
  listed,
  offsetCommit,
  offsetFetch,
  type Client,
  type Conversation,
} from './client.ts'

const UNKNOWN_ID = 'AAAAAAAAAAAAAAAAAAAAEQ'

export const newestConversations: Readonly<Record<string, Conversation>> = {
  'commits and fetches by topic id': async talk => {
    const client = await talk.client('by-id')
    const groupId = 'by-id'
    const topicId = await createTopic(client, 'named-by-id')
    const commit = (fields: Partial<MessageInput<typeof OffsetCommitRequest>> = {}) =>
      client.wire.ask(offsetCommit, 10, {
        groupId,
        generationIdOrMemberEpoch: -1,
        memberId: '',
        topics: [
          { name: '', topicId, partitions: [offset(0, 5n), offset(1, 6n), offset(99, 7n)] },
          { name: '', topicId: UNKNOWN_ID, partitions: [offset(0, 5n)] },
        ],
        ...fields,
      })
    const fetch = (topics: { topicId: string; partitionIndexes: number[] }[] | null) =>
      client.wire.ask(offsetFetch, 10, { groups: [{ groupId, topics }] })

    talk.note('a generation without group', await commit({ generationIdOrMemberEpoch: 3 }))
    talk.note('committed', await commit())
    talk.note('fetched', await fetch([{ topicId, partitionIndexes: [0, 1, 2] }]))
    talk.note('fetched all', await fetch(null))
    talk.note('fetched nothing', await fetch([]))
    const unknown = { topicId: UNKNOWN_ID, partitionIndexes: [0, 1] }
    talk.note('fetched unknown', await fetch([unknown, { topicId, partitionIndexes: [1] }]))
    talk.note(
      'an unknown member',
      await commit({ memberId: 'ghost', generationIdOrMemberEpoch: 0 }),
    )
  },

  'groups that do not exist': async talk => {
    const client = await talk.client('describer')
    const g = 'newest'
    await client.commit(9, g, [{ offset: 1n }])
    await client.enter(9, `${g}-joined`)
    await client.sync(5, `${g}-joined`, { [client.memberId]: 'A' })
    const groups = [g, `${g}-joined`, 'nobody', '']
    talk.note('described', await client.wire.ask(describeGroups, 6, { groups }))
    talk.note('listed', await listed(client, g))
  },
}

function offset(partitionIndex: number, committedOffset: bigint) {
  return { partitionIndex, committedOffset, committedMetadata: 'note' }
}

async function createTopic(client: Client, name: string): Promise<string> {
  const topic = { name, numPartitions: 3, replicationFactor: 1, assignments: [], configs: [] }
  const reply = await client.wire.ask(createTopics, 7, { topics: [topic], timeoutMs: 10_000 })
  return reply.topics[0]?.topicId ?? ''
}
