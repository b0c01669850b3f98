/**
 * Lab 003, 7 (row S20): three brokers, two replicas, and what a broker says to acks 0, 1 and all when one
 * and when both replicas are down, by `min.insync.replicas` and unclean elections. Played on genuine
 * Kafka and on ours, and compared line by line; what can be read in the end is part of it.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import * as P from '../../src/protocol/index.ts'
import { BatchBuilder, recordsIn } from '../../src/records/index.ts'
import { RawClient, encodeRequest } from '../broker/raw-client.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { startCluster, type Cluster } from '../peers/cluster.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { referenceVersion, type SubjectKind } from '../peers/subject.ts'

const calls = {
  create: [P.CreateTopicsRequest, P.CreateTopicsResponse],
  metadata: [P.MetadataRequest, P.MetadataResponse],
  produce: [P.ProduceRequest, P.ProduceResponse],
  fetch: [P.FetchRequest, P.FetchResponse],
} as const

/** It has no replica, and controls. */
const WITNESS = 0
/** The one that leads at first, and the other. */
const FIRST = 1
const SECOND = 2
const DEADLINE_MS = 60_000
const PAUSE_MS = 50

interface Topic {
  readonly name: string
  readonly minInSyncReplicas: number
  readonly isUncleanAllowed: boolean
}

const topics: readonly Topic[] = [1, 2].flatMap(minInSyncReplicas =>
  [false, true].map(isUncleanAllowed => ({
    name: `min-${minInSyncReplicas}${isUncleanAllowed ? '-unclean' : ''}`,
    ...{ minInSyncReplicas, isUncleanAllowed },
  })),
)

test('brokers that go down, and what the others answer', async t => {
  const genuine = await peerOrSkip(t, () => genuineDistribution(referenceVersion))
  if (genuine === undefined) return
  const expected = await play('genuine')
  const told = await play('tidelog')
  assert.deepEqual(told, expected)
})

async function play(kind: SubjectKind): Promise<string[]> {
  const overrides = { 'auto.leader.rebalance.enable': 'false' }
  const cluster = await startCluster({ kinds: [kind, kind, kind], overrides })
  try {
    const story = new Story(cluster)
    await story.createTopics()
    await story.tell('all are up', FIRST)
    await cluster.broker(FIRST).kill()
    await story.until([WITNESS, SECOND], ({ leader }) => leader === SECOND)
    await story.tell('the leader is down', SECOND)
    await cluster.broker(SECOND).kill()
    await story.until([WITNESS], ({ leader }) => leader === -1)
    await story.tell('both replicas are down', WITNESS)
    await cluster.start(FIRST)
    await story.until(
      [WITNESS, FIRST],
      ({ leader }, { isUncleanAllowed }) => leader === (isUncleanAllowed ? FIRST : -1),
    )
    await story.tell('who went down first is back', FIRST)
    await cluster.start(SECOND)
    await story.until([WITNESS, FIRST, SECOND], ({ isrNodes }) => isrNodes.length === 2)
    await story.tell('both are back', FIRST)
    await story.tell('both are back', SECOND)
    await story.read()
    return story.lines
  } finally {
    await cluster.dispose()
  }
}

interface PartitionMetadata {
  readonly errorCode: number
  readonly leader: number
  readonly isrNodes: readonly number[]
  readonly offlineReplicas: readonly number[]
}

class Story {
  readonly lines: string[] = []
  readonly #cluster: Cluster

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  async createTopics(): Promise<void> {
    await using client = await this.#connect(WITNESS)
    const { topics: created } = await client.request(calls.create, 4, {
      topics: topics.map(({ name, minInSyncReplicas, isUncleanAllowed }) => ({
        ...{ name, numPartitions: -1, replicationFactor: -1 },
        assignments: [{ partitionIndex: 0, brokerIds: [FIRST, SECOND] }],
        configs: [
          { name: 'min.insync.replicas', value: String(minInSyncReplicas) },
          { name: 'unclean.leader.election.enable', value: String(isUncleanAllowed) },
        ],
      })),
      timeoutMs: 10_000,
    })
    for (const { name, errorCode } of created) assert.equal(errorCode, 0, name)
    await this.until([WITNESS, FIRST], ({ leader }) => leader === FIRST)
  }

  /**
   * Waits until these brokers say that the partition of every topic is as it is to be. Who leads hears
   * of that before it can say so.
   */
  async until(
    brokerIds: readonly number[],
    isSo: (found: PartitionMetadata, topic: Topic) => boolean,
  ): Promise<void> {
    for (const brokerId of brokerIds) {
      await using client = await this.#connect(brokerId)
      const endMs = Date.now() + DEADLINE_MS
      while (true) {
        const found = await this.#metadata(client)
        if (topics.every(topic => isSo(found.get(topic.name) ?? nothing, topic))) break
        const seen = JSON.stringify([...found])
        assert.ok(Date.now() < endMs, `broker ${brokerId}: it never came to be: ${seen}`)
        await sleep(PAUSE_MS)
      }
    }
  }

  /** What clients are told of the topics, and what a broker answers to what they produce. */
  async tell(phase: string, brokerId: number): Promise<void> {
    await using witness = await this.#connect(WITNESS)
    for (const [name, found] of await this.#metadata(witness)) {
      const { errorCode, leader, isrNodes, offlineReplicas } = found
      const isr = [...isrNodes].sort().join(',')
      this.lines.push(
        `${phase}: ${name}: ${P.errorName(errorCode)}, leader ${leader}, ISR ${isr}, offline ${[...offlineReplicas].sort().join(',')}`,
      )
    }
    for (const { name } of topics) {
      for (const acks of [0, 1, -1]) {
        const answer = await this.#produce(brokerId, name, acks, `${phase}, ${acks}`)
        this.lines.push(`${phase}: ${name}: broker ${brokerId}, acks ${acks}: ${answer}`)
      }
    }
  }

  /** Everything that is readable, from whoever leads. */
  async read(): Promise<void> {
    await using witness = await this.#connect(WITNESS)
    for (const [name, { leader }] of await this.#metadata(witness)) {
      await using client = await this.#connect(leader)
      const { responses } = await client.request(calls.fetch, 11, {
        ...{ maxWaitMs: 0, minBytes: 0, forgottenTopicsData: [] },
        topics: [
          {
            topic: name,
            partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20 }],
          },
        ],
      })
      const [partition] = responses[0]?.partitions ?? []
      const bytes = partition?.records ?? Buffer.alloc(0)
      assert.ok(Buffer.isBuffer(bytes))
      for (const { offset, value } of recordsIn(bytes)) {
        this.lines.push(`read ${name} ${offset}: ${value?.toString() ?? ''}`)
      }
    }
  }

  async #produce(brokerId: number, topic: string, acks: number, value: string): Promise<string> {
    await using client = await this.#connect(brokerId)
    const builder = new BatchBuilder()
    builder.append({ timestamp: Date.now(), value: Buffer.from(value) })
    const body = {
      ...{ transactionalId: null, acks, timeoutMs: 5_000 },
      topicData: [{ name: topic, partitionData: [{ index: 0, records: builder.close() }] }],
    }
    if (acks !== 0) {
      const { responses } = await client.request(calls.produce, 8, body)
      return P.errorName(responses[0]?.partitionResponses[0]?.errorCode ?? -1)
    }
    // Nothing is answered: a connection that still works says that nothing was wrong.
    client.send(encodeRequest(P.ProduceRequest, 8, body))
    try {
      await this.#metadata(client)
      return 'taken'
    } catch {
      return 'hung up'
    }
  }

  async #metadata(client: RawClient): Promise<Map<string, PartitionMetadata>> {
    const wanted = topics.map(({ name }) => ({ name }))
    const found = await client.request(calls.metadata, 8, { topics: wanted })
    return new Map(
      found.topics
        .map(({ name, partitions }) => {
          const { leaderId: leader = -1, ...rest } = partitions[0] ?? {}
          return [name ?? '', { ...nothing, ...rest, leader }] as const
        })
        .sort(([left], [right]) => left.localeCompare(right)),
    )
  }

  #connect(brokerId: number): Promise<RawClient> {
    return RawClient.open(Number(this.#cluster.broker(brokerId).address.split(':')[1]))
  }
}

const nothing: PartitionMetadata = { errorCode: 3, leader: -1, isrNodes: [], offlineReplicas: [] }
