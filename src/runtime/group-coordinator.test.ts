import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { MemoryLog } from '../../test/group/memory-log.ts'
import {
  commitOffsets,
  heartbeat,
  joinGroup,
  leaveGroup,
  offset,
} from '../../test/group/questions.ts'
import { defaultGroupSettings, encodeRecord, recordVersionsFor } from '../group/index.ts'
import { silentLog, StorageError, type Log, type LogFields } from '../host/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import { BatchBuilder, buildEndTxnMarker } from '../records/index.ts'
import { Scheduler, SeededRandom, SimClock } from '../sim/index.ts'
import { GroupCoordinator, type GroupCoordinatorOptions } from './group-coordinator.ts'

const { NONE, NOT_COORDINATOR, COORDINATOR_LOAD_IN_PROGRESS, INVALID_GROUP_ID } = ErrorCode
const versions = recordVersionsFor('3.9-IV0')

function bench(options: Partial<GroupCoordinatorOptions> = {}) {
  const scheduler = new Scheduler()
  const clock = new SimClock(scheduler)
  const log = new MemoryLog(clock)
  const lines: [string, LogFields | undefined][] = []
  const note = (event: string, fields?: LogFields): void => void lines.push([event, fields])
  const logger: Log = { ...silentLog, info: note, warn: note, error: note }
  const coordinator = new GroupCoordinator({
    ...{ settings: defaultGroupSettings, versions, log, clock, logger, loadLogger: logger },
    ...{ random: new SeededRandom(1), partitionCount: () => 50, codec: 0 },
    ...{ appendTimeoutMs: 5_000, maxBatchBytes: 1_000_000, expiryIntervalMs: 600_000 },
    ...options,
  })
  const partition = coordinator.partitionFor('g')
  /** Runs the world until `asked` has an answer. */
  const settle = async <Value>(asked: Promise<Value>, limitMs = 60_000): Promise<Value> => {
    let isSettled = false
    void asked.finally(() => (isSettled = true))
    await scheduler.runUntil(() => isSettled, limitMs)
    return asked
  }
  const elect = (): Promise<void> => settle(coordinator.onElection(partition, 1))
  return { scheduler, clock, log, lines, coordinator, partition, settle, elect }
}

test('a broker coordinates the groups of the partitions that it leads, and no others', async () => {
  const { coordinator, settle, elect } = bench()
  const before = await settle(coordinator.heartbeat(heartbeat()))
  await elect()
  const leading = await settle(coordinator.heartbeat(heartbeat()))
  const elsewhere = await settle(coordinator.heartbeat(heartbeat({ groupId: 'other' })))

  assert.equal(before.errorCode, NOT_COORDINATOR)
  assert.equal(leading.errorCode, ErrorCode.UNKNOWN_MEMBER_ID)
  assert.equal(elsewhere.errorCode, NOT_COORDINATOR)
})

test('while a partition is being read its groups are loading', async () => {
  const { coordinator, settle, partition, log } = bench()
  for (let count = 0; count < 3; count += 1) {
    const builder = new BatchBuilder()
    for (let index = 0; index < 400; index += 1) {
      builder.append(
        encodeRecord({ type: 'metadata', groupId: `x${index}`, metadata: null }, versions),
      )
    }
    await log.append({ partition, batch: builder.close(), timeoutMs: 0 })
  }
  const loading = coordinator.onElection(partition, 1)

  const join = await coordinator.joinGroup(joinGroup())
  const beat = await coordinator.heartbeat(heartbeat())
  const fetched = coordinator.fetchOffsets({ groupId: 'g', topics: null, requireStable: false })
  const described = coordinator.describeGroup('g', { knowsGroupIdNotFound: true })
  const listed = coordinator.listGroups({ states: [], types: [] })
  await settle(loading)
  const afterwards = coordinator.fetchOffsets({ groupId: 'g', topics: null, requireStable: false })

  assert.equal(join.errorCode, COORDINATOR_LOAD_IN_PROGRESS)
  assert.equal(beat.errorCode, NONE, 'sessions begin anew after loading')
  assert.equal(fetched.errorCode, COORDINATOR_LOAD_IN_PROGRESS)
  assert.equal(described.errorCode, COORDINATOR_LOAD_IN_PROGRESS)
  assert.equal(listed.errorCode, COORDINATOR_LOAD_IN_PROGRESS)
  assert.equal(afterwards.errorCode, NONE)
})

test('commits survive their coordinator', async () => {
  const { coordinator, settle, elect, partition } = bench()
  await elect()
  const offsets = [offset({ offset: 1n }), offset({ partition: 1, offset: 2n, metadata: 'm' })]
  const reply = await settle(coordinator.commitOffsets(commitOffsets({ offsets })))

  coordinator.onResignation(partition, 2)
  await settle(coordinator.onElection(partition, 3))

  const { topics } = coordinator.fetchOffsets({ groupId: 'g', topics: null, requireStable: true })
  assert.deepEqual(
    reply.partitions.map(each => each.errorCode),
    [NONE, NONE],
  )
  assert.deepEqual(topics, [
    {
      topic: 't',
      partitions: [
        { partition: 0, offset: 1n, leaderEpoch: -1, metadata: '', errorCode: NONE },
        { partition: 1, offset: 2n, leaderEpoch: -1, metadata: 'm', errorCode: NONE },
      ],
    },
  ])
})

test('whoever waits when the partition moves is told to look for its coordinator', async () => {
  const { coordinator, settle, elect, partition, log } = bench()
  await elect()
  log.fateOf = () => ({ delayMs: 1_000, errorCode: NONE })
  const committing = coordinator.commitOffsets(commitOffsets())
  const joining = coordinator.joinGroup(joinGroup())

  coordinator.onResignation(partition, 2)

  assert.equal((await settle(joining)).errorCode, NOT_COORDINATOR)
  assert.equal((await settle(committing)).partitions[0]?.errorCode, NOT_COORDINATOR)
})

test('news of an older epoch that comes late is no news', async () => {
  const { coordinator, settle, partition } = bench()
  await settle(coordinator.onElection(partition, 5))

  coordinator.onResignation(partition, 4)
  const stillLeading = await settle(coordinator.heartbeat(heartbeat()))
  coordinator.onResignation(partition, 6)
  await settle(coordinator.onElection(partition, 5))
  const resigned = await settle(coordinator.heartbeat(heartbeat()))

  assert.equal(stillLeading.errorCode, ErrorCode.UNKNOWN_MEMBER_ID)
  assert.equal(resigned.errorCode, NOT_COORDINATOR)
})

test('a topic of groups that is made anew begins with epoch 0 again', async () => {
  const { coordinator, settle, partition } = bench()
  await settle(coordinator.onElection(partition, 5))

  coordinator.onResignation(partition)
  await settle(coordinator.onElection(partition, 0))

  const { errorCode } = await settle(coordinator.heartbeat(heartbeat()))
  assert.equal(errorCode, ErrorCode.UNKNOWN_MEMBER_ID)
})

test('group management needs a group id; offsets alone do not', async () => {
  const { coordinator, settle } = bench()
  await settle(coordinator.onElection(coordinator.partitionFor(''), 1))
  const groupId = ''

  const replies = [
    await settle(coordinator.joinGroup(joinGroup({ groupId }))),
    await settle(coordinator.heartbeat(heartbeat({ groupId }))),
    await settle(coordinator.leaveGroup({ groupId, members: [] })),
    await settle(coordinator.deleteOffsets({ groupId, partitions: [] })),
  ]
  const committed = await settle(coordinator.commitOffsets(commitOffsets({ groupId })))
  const deleted = await settle(coordinator.deleteGroup(groupId))

  for (const { errorCode } of replies) assert.equal(errorCode, INVALID_GROUP_ID)
  assert.equal(committed.partitions[0]?.errorCode, NONE)
  assert.equal(deleted.errorCode, NONE)
})

test('a member that falls silent is out when its session ends, in monotonic time', async () => {
  const { coordinator, settle, elect, scheduler, clock } = bench()
  await elect()
  const joined = await settle(coordinator.joinGroup(joinGroup({ sessionTimeoutMs: 6_000 })))
  const { memberId, generationId } = joined
  const beat = () => settle(coordinator.heartbeat(heartbeat({ memberId, generationId })))
  const alive = [await beat()]
  clock.jumpWall(3_600_000)
  await scheduler.runFor(5_000)
  alive.push(await beat())
  await scheduler.runFor(5_999)
  alive.push(await beat())
  await scheduler.runFor(6_001)

  const dead = await beat()

  assert.deepEqual(
    alive.map(each => each.errorCode),
    [NONE, NONE, NONE],
  )
  assert.equal(dead.errorCode, ErrorCode.UNKNOWN_MEMBER_ID)
})

test('the id of a member is its client id and a random UUID of version 4', async () => {
  const { coordinator, settle, elect } = bench()
  await elect()

  const { memberId } = await settle(
    coordinator.joinGroup(joinGroup({ clientId: 'app', canRejoinWithId: true })),
  )

  assert.match(
    memberId,
    /^app-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  )
})

test('bytes of a request may be overwritten as soon as it was handed over', async () => {
  const { coordinator, settle, elect } = bench()
  await elect()
  const ask = joinGroup()
  const metadata = ask.protocols[0]?.metadata ?? Buffer.alloc(0)
  const expected = Buffer.from(metadata)

  const joining = coordinator.joinGroup(ask)
  metadata.fill(0xff)

  assert.deepEqual((await settle(joining)).members[0]?.metadata, expected)
})

test('expired offsets are looked for from time to time, and the group goes with the last', async () => {
  const settings = { ...defaultGroupSettings, offsetsRetentionMs: 60_000 }
  const { coordinator, settle, elect, scheduler } = bench({ settings, expiryIntervalMs: 10_000 })
  coordinator.start()
  await elect()
  await settle(coordinator.commitOffsets(commitOffsets()))
  const groups = (): number => coordinator.listGroups({ states: [], types: [] }).groups.length
  await scheduler.runFor(59_000)
  const before = groups()
  await scheduler.runFor(12_000)

  assert.equal(before, 1)
  assert.equal(groups(), 0)
  coordinator.close()
})

test('offsets of deleted partitions go', async () => {
  const { coordinator, settle, elect } = bench()
  await elect()
  const offsets = [offset(), offset({ topic: 'u' })]
  await settle(coordinator.commitOffsets(commitOffsets({ offsets })))

  await settle(coordinator.onPartitionsDeleted([{ topic: 't', partition: 0 }]))
  await settle(coordinator.commitOffsets(commitOffsets({ offsets: [offset({ topic: 'v' })] })))

  const { topics } = coordinator.fetchOffsets({ groupId: 'g', topics: null, requireStable: false })
  assert.deepEqual(
    topics.map(each => each.topic),
    ['u', 'v'],
  )
})

test('partitions deleted while groups are loading are not forgotten', async () => {
  const { coordinator, settle, elect, partition, scheduler } = bench()
  await elect()
  const offsets = [offset(), offset({ topic: 'u' })]
  await settle(coordinator.commitOffsets(commitOffsets({ offsets })))
  coordinator.onResignation(partition, 2)

  const loading = coordinator.onElection(partition, 3)
  const deleting = coordinator.onPartitionsDeleted([{ topic: 't', partition: 0 }])
  await settle(Promise.all([loading, deleting]))
  await scheduler.runFor(10)

  const { topics } = coordinator.fetchOffsets({ groupId: 'g', topics: null, requireStable: false })
  assert.deepEqual(
    topics.map(each => each.topic),
    ['u'],
  )
})

test('what cannot be read is left out, counted and named; the rest is served', async () => {
  const { coordinator, elect, partition, log, lines } = bench()
  const committed = { ...offset(), metadata: '', commitTimestamp: 0n, expireTimestamp: -1n }
  const good = { type: 'offset', groupId: 'g', topic: 't', partition: 0, committed } as const
  const builder = new BatchBuilder()
  builder.append({ key: Buffer.from('0003000167', 'hex'), value: Buffer.alloc(3) })
  builder.append({ key: encodeRecord(good, versions).key, value: Buffer.from('0009', 'hex') })
  builder.append({ key: null, value: null })
  builder.append(encodeRecord({ ...good, partition: 1 }, versions))
  await log.append({ partition, batch: builder.close(), timeoutMs: 0 })

  await elect()

  const { topics } = coordinator.fetchOffsets({ groupId: 'g', topics: null, requireStable: false })
  assert.deepEqual(
    topics[0]?.partitions.map(each => each.partition),
    [1],
  )
  const [, finished] = lines.find(([event]) => event.startsWith('Finished loading')) ?? []
  assert.deepEqual(finished, { records: 4, unknown: 1, broken: 2 })
  assert.equal(lines.filter(([event]) => event === 'cannot read, left out').length, 2)
})

test('offsets of transactions count from their markers on', async () => {
  const { coordinator, elect, partition, log } = bench()
  const transactional = { isTransactional: true, producerEpoch: 0, baseSequence: 0 }
  const write = async (producerId: number, at: number): Promise<void> => {
    const committed = { ...offset(), metadata: '', commitTimestamp: 0n, expireTimestamp: -1n }
    const builder = new BatchBuilder({ producerId, ...transactional })
    const record = { type: 'offset', groupId: 'g', topic: 't', partition: at, committed } as const
    builder.append(encodeRecord(record, versions))
    await log.append({ partition, batch: builder.close(), timeoutMs: 0 })
  }
  const end = async (producerId: number, type: 0 | 1): Promise<void> => {
    const about = { producerId, producerEpoch: 0, coordinatorEpoch: 0, timestampMs: 0 }
    await log.append({ partition, batch: buildEndTxnMarker({ ...about, type }), timeoutMs: 0 })
  }
  await write(7, 0)
  await write(8, 1)
  await write(9, 2)
  await end(7, 1)
  await end(8, 0)

  await elect()

  const topics = [{ topic: 't', partitions: [0, 1, 2] }]
  const fetched = coordinator.fetchOffsets({ groupId: 'g', topics, requireStable: true })
  assert.deepEqual(
    fetched.topics[0]?.partitions.map(each => [each.offset, each.errorCode]),
    [
      [5n, NONE],
      [-1n, NONE],
      [-1n, ErrorCode.UNSTABLE_OFFSET_COMMIT],
    ],
  )
})

test('a partition that the disk does not give is not served', async () => {
  const { coordinator, settle, partition, log, lines } = bench()
  log.readAll = () => ({
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.reject(new StorageError('read', '/data', { code: 'EIO' })),
    }),
  })

  await settle(coordinator.onElection(partition, 1))

  assert.equal((await settle(coordinator.heartbeat(heartbeat()))).errorCode, NOT_COORDINATOR)
  assert.ok(lines.some(([event]) => event === 'cannot load partition'))
})

test('a commit that the log refuses is refused, and is not to be seen', async () => {
  const { coordinator, settle, elect, log } = bench()
  await elect()
  log.fateOf = () => ({ delayMs: 0, errorCode: ErrorCode.NOT_ENOUGH_REPLICAS })

  const reply = await settle(coordinator.commitOffsets(commitOffsets()))

  const { topics } = coordinator.fetchOffsets({ groupId: 'g', topics: null, requireStable: true })
  assert.equal(reply.partitions[0]?.errorCode, ErrorCode.COORDINATOR_NOT_AVAILABLE)
  assert.deepEqual(topics, [])
})

test('a group without members keeps no timer', async () => {
  const { coordinator, settle, elect, scheduler } = bench()
  await elect()
  const { memberId } = await settle(coordinator.joinGroup(joinGroup()))
  const leftAtMs = scheduler.nowMs

  await settle(coordinator.leaveGroup(leaveGroup(memberId)))
  await scheduler.runUntilIdle()

  assert.equal(scheduler.nowMs, leftAtMs)
})

test('a coordinator that is shut down is not available', async () => {
  const { coordinator, settle, elect } = bench()
  await elect()
  coordinator.close()

  const { errorCode } = await settle(coordinator.heartbeat(heartbeat()))

  assert.equal(errorCode, ErrorCode.COORDINATOR_NOT_AVAILABLE)
})
