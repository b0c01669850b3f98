/** Strangers at the group coordinator. */
import { strict as assert } from 'node:assert'
import { after, before, test } from 'node:test'
import * as P from '../../src/protocol/index.ts'
import type { RawClient } from '../broker/raw-client.ts'
import { calls, Victim, WITNESS } from './victim.ts'

const { ErrorCode } = P

let victim: Victim
before(async () => {
  victim = await Victim.start()
  await using client = await victim.connect()
  // The first question for a coordinator makes the topic in which groups are kept.
  for (let tries = 0; tries < 1_000; tries += 1) {
    await client.request(calls.findCoordinator, 3, { key: 'first', coordinatorKeys: [] })
    if ((await commit(client, 'first', '')) === ErrorCode.NONE) return
  }
  assert.fail('there is no group coordinator')
})
after(() => victim[Symbol.asyncDispose]())

const garbage = Buffer.from('ffffffff7fffffff0000deadbeef', 'hex')

function join(
  client: RawClient,
  more: Partial<P.MessageInput<typeof P.JoinGroupRequest>>,
  version = 3,
): Promise<P.JoinGroupResponse> {
  return client.request(calls.joinGroup, version, {
    ...{ groupId: 'g', sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, memberId: '' },
    ...{ protocolType: 'consumer', protocols: [{ name: 'range', metadata: Buffer.alloc(0) }] },
    ...more,
  })
}

async function commit(
  client: RawClient,
  groupId: string,
  committedMetadata: string,
): Promise<number> {
  const partitions = [{ partitionIndex: 0, committedOffset: 7n, committedMetadata }]
  const { topics } = await client.request(calls.offsetCommit, 8, {
    ...{ groupId, generationIdOrMemberEpoch: -1, memberId: '' },
    topics: [{ name: WITNESS, partitions }],
  })
  return topics[0]?.partitions[0]?.errorCode ?? -1
}

async function committed(client: RawClient, groupId: string): Promise<bigint> {
  const { topics } = await client.request(calls.offsetFetch, 7, {
    ...{ groupId, groups: [] },
    topics: [{ name: WITNESS, partitionIndexes: [0] }],
  })
  return topics[0]?.partitions[0]?.committedOffset ?? -2n
}

const refusedJoins: readonly (readonly [string, Parameters<typeof join>[1], number])[] = [
  ['a session of 0 ms', { sessionTimeoutMs: 0 }, ErrorCode.INVALID_SESSION_TIMEOUT],
  ['a session of 2^31-1 ms', { sessionTimeoutMs: 2 ** 31 - 1 }, ErrorCode.INVALID_SESSION_TIMEOUT],
  ['a session of -1 ms', { sessionTimeoutMs: -1 }, ErrorCode.INVALID_SESSION_TIMEOUT],
  ['an empty group id', { groupId: '' }, ErrorCode.INVALID_GROUP_ID],
  ['a member id that nobody was given', { memberId: 'ghost' }, ErrorCode.UNKNOWN_MEMBER_ID],
  ['no protocol', { protocols: [] }, ErrorCode.INCONSISTENT_GROUP_PROTOCOL],
  ['no protocol type', { protocolType: '' }, ErrorCode.INCONSISTENT_GROUP_PROTOCOL],
]
for (const [name, join_, code] of refusedJoins) {
  test(`a join with ${name} is refused`, { timeout: 10_000 }, async () => {
    await using client = await victim.connect()

    const { errorCode } = await join(client, join_)

    assert.equal(errorCode, code)
    await victim.assertServing()
  })
}

test(
  'a join with garbage for metadata is answered, and so is the sync after it',
  { timeout: 10_000 },
  async () => {
    await using client = await victim.connect()
    const groupId = 'garbage'

    const joined = await join(client, {
      groupId,
      protocols: [{ name: 'range', metadata: garbage }],
    })
    const synced = await client.request(calls.syncGroup, 3, {
      ...{ groupId, generationId: joined.generationId, memberId: joined.memberId },
      assignments: [{ memberId: joined.memberId, assignment: garbage }],
    })

    assert.equal(joined.errorCode, ErrorCode.NONE)
    assert.equal(synced.errorCode, ErrorCode.NONE)
    assert.deepEqual(synced.assignment, garbage)
    await victim.assertServing()
  },
)

test(
  'a join with a rebalance timeout of 2^31-1 or -2^31 ms is answered',
  { timeout: 10_000 },
  async () => {
    await using client = await victim.connect()

    const longest = await join(client, { groupId: 'long', rebalanceTimeoutMs: 2 ** 31 - 1 })
    const negative = await join(client, { groupId: 'negative', rebalanceTimeoutMs: -(2 ** 31) })

    assert.equal(longest.errorCode, ErrorCode.NONE)
    assert.ok(negative.errorCode >= 0)
    await victim.assertServing()
  },
)

for (const groupId of ['__proto__', 'constructor', '../x', 'a\r\nb', 'g'.repeat(30_000)]) {
  test(`${JSON.stringify(groupId.slice(0, 20))} is a group like any other`, async () => {
    await using client = await victim.connect()

    assert.equal(await commit(client, groupId, ''), ErrorCode.NONE)
    assert.equal(await committed(client, groupId), 7n)
    assert.equal(await committed(client, `${groupId}?`), -1n)
    await victim.assertServing()
  })
}

test('metadata of 30,000 characters at an offset is refused, and the offset with it', async () => {
  await using client = await victim.connect()

  const errorCode = await commit(client, 'talkative', 'm'.repeat(30_000))

  assert.equal(errorCode, ErrorCode.OFFSET_METADATA_TOO_LARGE)
  assert.equal(await committed(client, 'talkative'), -1n)
  await victim.assertServing()
})

const producers: readonly (readonly [string, string, number, number])[] = [
  ['a timeout of 2^31-1 ms', 't', 2 ** 31 - 1, ErrorCode.INVALID_TRANSACTION_TIMEOUT],
  ['a timeout of 0 ms', 't', 0, ErrorCode.INVALID_TRANSACTION_TIMEOUT],
  ['an empty transactional id', '', 1_000, ErrorCode.INVALID_REQUEST],
]
for (const [name, transactionalId, transactionTimeoutMs, code] of producers) {
  test(`a producer with ${name} gets no id`, async () => {
    await using client = await victim.connect()

    const { errorCode, producerId } = await client.request(calls.initProducerId, 4, {
      ...{ transactionalId, transactionTimeoutMs },
    })

    assert.equal(errorCode, code)
    assert.equal(producerId, -1)
    await victim.assertServing()
  })
}
