/**
 * A process that commits offsets of many groups, or asks for them until it has been told those of every
 * group. A broker that is not there yet is asked again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import * as P from '../../src/protocol/index.ts'
import { RawClient } from '../../test/broker/raw-client.ts'

export interface OffsetsLoad {
  readonly port: number
  readonly action: 'commit' | 'fetch'
  readonly groups: number
  readonly topic: string
  readonly partitions: number
}

const { NONE } = P.ErrorCode
/** Of groups, in one request. */
const ASKED_AT_ONCE = 500
const IN_FLIGHT = 20
const PAUSE_MS = 5

function groupIds({ groups }: OffsetsLoad): string[] {
  return Array.from({ length: groups }, (_, n) => `group-${n}`)
}

async function commitAll(load: OffsetsLoad): Promise<void> {
  await using client = await RawClient.open(load.port)
  const partitions = Array.from({ length: load.partitions }, (_, partitionIndex) => ({
    ...{ partitionIndex, committedOffset: 7n, committedMetadata: '' },
  }))
  const left = groupIds(load)
  const commitOne = async (groupId: string): Promise<void> => {
    while (true) {
      const { topics } = await client.request([P.OffsetCommitRequest, P.OffsetCommitResponse], 7, {
        ...{ groupId, groupInstanceId: null },
        topics: [{ name: load.topic, partitions }],
      })
      if (topics.every(topic => topic.partitions.every(p => p.errorCode === NONE))) return
      await client.request([P.FindCoordinatorRequest, P.FindCoordinatorResponse], 2, {
        ...{ key: groupId, keyType: 0 },
      })
      await sleep(PAUSE_MS)
    }
  }
  const lane = async (): Promise<void> => {
    for (let groupId = left.shift(); groupId !== undefined; groupId = left.shift()) {
      await commitOne(groupId)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
}

async function fetchAll(load: OffsetsLoad): Promise<void> {
  const partitionIndexes = Array.from({ length: load.partitions }, (_, n) => n)
  let left = groupIds(load)
  while (left.length > 0) {
    try {
      await using client = await RawClient.open(load.port)
      while (left.length > 0) {
        const asked = left.slice(0, ASKED_AT_ONCE)
        const { groups } = await client.request([P.OffsetFetchRequest, P.OffsetFetchResponse], 8, {
          groups: asked.map(groupId => ({
            groupId,
            topics: [{ name: load.topic, partitionIndexes }],
          })),
          requireStable: true,
        })
        const told = new Set(groups.filter(isTold).map(({ groupId }) => groupId))
        // Those that are not known yet are asked for again behind the others.
        left = [...left.slice(asked.length), ...asked.filter(groupId => !told.has(groupId))]
        if (told.size === 0) await sleep(PAUSE_MS)
      }
    } catch {
      await sleep(PAUSE_MS)
    }
  }
}

function isTold(group: P.OffsetFetchResponse['groups'][number]): boolean {
  const partitions = group.topics.flatMap(topic => topic.partitions)
  return (
    group.errorCode === NONE &&
    partitions.length > 0 &&
    partitions.every(({ errorCode, committedOffset }) => errorCode === NONE && committedOffset === 7n) // prettier-ignore
  )
}

const load = JSON.parse(process.argv[2] ?? '{}') as OffsetsLoad
await (load.action === 'commit' ? commitAll(load) : fetchAll(load))
process.stdout.write('{}\n', () => process.exit(0))
