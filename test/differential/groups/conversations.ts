/** All that is said to genuine Kafka 3.9 and to us, after both are ready to listen. */
import { ErrorCode } from '../../../src/protocol/index.ts'
import {
  createTopics,
  findCoordinator,
  pause,
  TOPIC,
  type Conversation,
  type Talk,
} from './client.ts'
import { memberConversations } from './members.ts'
import { offsetConversations } from './offsets.ts'

export const conversations: Readonly<Record<string, Conversation>> = {
  ...memberConversations,
  ...offsetConversations,
}

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
