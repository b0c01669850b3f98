/**
 * A process of members of one classic group, each on a connection of its own, that all join at once. Ends
 * when each has its share in one and the same generation, and prints how long that took.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Writer } from '../../src/bytes/index.ts'
import * as P from '../../src/protocol/index.ts'
import { RawClient } from '../../test/broker/raw-client.ts'

export interface GroupLoad {
  readonly port: number
  readonly groupId: string
  readonly topic: string
  readonly partitions: number
  readonly members: number
}

export interface GroupResult {
  readonly ms: number
  readonly generations: number
}

const PROTOCOL = 'range'
const HEARTBEAT_MS = 50
const { NONE } = P.ErrorCode
/** Join again with the id that the answer has, or because others joined meanwhile. */
const joinAgain: ReadonlySet<number> = new Set([
  P.ErrorCode.MEMBER_ID_REQUIRED,
  P.ErrorCode.REBALANCE_IN_PROGRESS,
  P.ErrorCode.ILLEGAL_GENERATION,
])

class Member {
  /** Of the generation in which it has an assignment; -1: it joins. */
  stableIn = -1
  assignedBytes = 0
  readonly #load: GroupLoad
  readonly #client: RawClient
  #memberId = ''

  constructor(load: GroupLoad, client: RawClient) {
    this.#load = load
    this.#client = client
  }

  /** Joins, and joins again whenever it is told to, until `isOver`. */
  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const generationId = await this.#join()
      if (generationId === undefined) continue
      this.stableIn = generationId
      while (!isOver() && (await this.#heartbeat(generationId))) await sleep(HEARTBEAT_MS)
      this.stableIn = -1
    }
  }

  async #join(): Promise<number | undefined> {
    const { groupId, topic } = this.#load
    const joined = await this.#client.request([P.JoinGroupRequest, P.JoinGroupResponse], 5, {
      ...{ groupId, sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 30_000 },
      ...{ memberId: this.#memberId, groupInstanceId: null, protocolType: 'consumer' },
      protocols: [{ name: PROTOCOL, metadata: subscriptionTo(topic) }],
    })
    this.#memberId = joined.memberId
    if (joinAgain.has(joined.errorCode)) return undefined
    if (joined.errorCode !== NONE) throw new Error(`JoinGroup: error ${joined.errorCode}`)
    const isLeader = joined.leader === this.#memberId
    const { errorCode, assignment } = await this.#client.request(
      [P.SyncGroupRequest, P.SyncGroupResponse],
      3,
      {
        ...{ groupId, generationId: joined.generationId, memberId: this.#memberId },
        groupInstanceId: null,
        assignments: isLeader ? shares(this.#load, joined.members) : [],
      },
    )
    if (joinAgain.has(errorCode)) return undefined
    if (errorCode !== NONE) throw new Error(`SyncGroup: error ${errorCode}`)
    this.assignedBytes = assignment.length
    return joined.generationId
  }

  /** @returns whether the generation goes on */
  async #heartbeat(generationId: number): Promise<boolean> {
    const { errorCode } = await this.#client.request([P.HeartbeatRequest, P.HeartbeatResponse], 3, {
      ...{ groupId: this.#load.groupId, generationId, memberId: this.#memberId },
      groupInstanceId: null,
    })
    if (errorCode !== NONE && !joinAgain.has(errorCode)) {
      throw new Error(`Heartbeat: error ${errorCode}`)
    }
    return errorCode === NONE
  }
}

/** Version 0 of what consumers tell each other. */
function subscriptionTo(topic: string): Buffer {
  const writer = new Writer(64)
  writer.int16(0)
  P.codecOf(P.ConsumerProtocolSubscription, 0).write(writer, { topics: [topic], userData: null })
  return writer.finish()
}

function shares(
  { topic, partitions }: GroupLoad,
  members: readonly { readonly memberId: string }[],
): { memberId: string; assignment: Buffer }[] {
  return members.map(({ memberId }, n) => {
    const from = Math.floor((n * partitions) / members.length)
    const to = Math.floor(((n + 1) * partitions) / members.length)
    const writer = new Writer(256)
    writer.int16(0)
    P.codecOf(P.ConsumerProtocolAssignment, 0).write(writer, {
      assignedPartitions: [
        { topic, partitions: Array.from({ length: to - from }, (_, i) => from + i) },
      ],
      userData: null,
    })
    return { memberId, assignment: writer.finish() }
  })
}

async function run(load: GroupLoad): Promise<GroupResult> {
  const members: Member[] = []
  const clients: RawClient[] = []
  for (let n = 0; n < load.members; n += 1) {
    const client = await RawClient.open(load.port)
    clients.push(client)
    members.push(new Member(load, client))
  }
  while (true) {
    const [client] = clients
    const found = await client?.request([P.FindCoordinatorRequest, P.FindCoordinatorResponse], 2, {
      ...{ key: load.groupId, keyType: 0 },
    })
    if (found?.errorCode === NONE) break
    await sleep(50)
  }
  const startMs = performance.now()
  let ms = 0
  let generations = 0
  const isOver = (): boolean => {
    const generation = members[0]?.stableIn ?? -1
    if (ms === 0 && generation >= 0 && members.every(({ stableIn }) => stableIn === generation)) {
      ms = performance.now() - startMs
      generations = generation
    }
    return ms > 0
  }
  await Promise.all(members.map(member => member.run(isOver)))
  return { ms, generations }
}

const result = await run(JSON.parse(process.argv[2] ?? '{}') as GroupLoad)
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
