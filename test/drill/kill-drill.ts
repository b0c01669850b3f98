/**
 * Kills the real processes with SIGKILL under load, starts them again over the same files, and holds
 * what they serve against everything that they had acknowledged.
 */
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
  ErrorCode,
  FindCoordinatorRequest,
  FindCoordinatorResponse,
  InitProducerIdRequest,
  InitProducerIdResponse,
  MetadataRequest,
  MetadataResponse,
} from '../../src/protocol/index.ts'
import { SeededRandom } from '../../src/sim/index.ts'
import { RawClient } from '../broker/raw-client.ts'
import { startSubject, type Subject } from '../peers/subject.ts'
import { LoadCommitter } from './load-committer.ts'
import { LoadWriter } from './load-writer.ts'
import { checkAcknowledged, checkOrder, storedValues } from './stored-records.ts'

const TOPIC = 'drill'
const PARTITIONS = 2
/** Everything is read again every so many kills; between them only what is new. */
const KILLS_BETWEEN_FULL_READS = 10

export interface DrillReport {
  kills: number
  /** Kills at which at least one request waited for its answer. */
  killsWithOpenRequest: number
  acknowledgedRecords: number
  acknowledgedCommits: number
}

/** @throws at the first difference between what was acknowledged and what is served. */
export async function killDrill(seed: number, kills: number): Promise<DrillReport> {
  const random = new SeededRandom(seed)
  const subject = await startSubject({
    // Kafka flushes offsets of groups with the log; many small segments are many places to tear.
    overrides: { 'log.segment.bytes': '262144', 'log.index.interval.bytes': '512' },
  })
  try {
    const port = Number(subject.bootstrap.split(':')[1])
    const load = await prepare(port, random)
    let killsWithOpenRequest = 0
    for (let kill = 1; kill <= kills; kill++) {
      // Two of three kills hit requests that are under way; the third finds the broker at rest.
      const open = await loadUntilKill(subject, load, port, {
        delayMs: 40 + random.below(260),
        isAtRest: kill % 3 === 0,
        isWithZooKeeper: kill % 2 === 0,
      })
      if (open > 0) killsWithOpenRequest++
      await subject.restart()
      await check(load, port, kill % KILLS_BETWEEN_FULL_READS === 0 || kill === kills)
    }
    return {
      kills,
      killsWithOpenRequest,
      acknowledgedRecords: load.writers
        .flatMap(writer => writer.acknowledged)
        .reduce((sum, { recordCount }) => sum + recordCount, 0),
      acknowledgedCommits: load.committer.acknowledgedOffset,
    }
  } catch (error) {
    throw new Error(`kill drill, seed ${seed}: ${String(error)}\n${subject.folder}`, {
      cause: error,
    })
  } finally {
    await subject.dispose()
  }
}

interface Load {
  writers: LoadWriter[]
  committer: LoadCommitter
  /** Per partition: what has been read so far; a value stands at its offset. */
  values: string[][]
  /** Per writer: how many acknowledgements have been compared. */
  checkedBatches: Map<LoadWriter, number>
}

async function prepare(port: number, random: SeededRandom): Promise<Load> {
  await using client = await RawClient.open(port)
  const created = await client.request([CreateTopicsRequest, CreateTopicsResponse], 4, {
    topics: [
      {
        name: TOPIC,
        numPartitions: PARTITIONS,
        replicationFactor: 1,
        assignments: [],
        configs: [],
      },
    ],
    timeoutMs: 30_000,
  })
  assert.equal(created.topics[0]?.errorCode, ErrorCode.NONE)
  await untilReady(client)
  const writers: LoadWriter[] = []
  for (let i = 0; i < 2 * PARTITIONS; i++) {
    const isIdempotent = i >= PARTITIONS
    writers.push(
      new LoadWriter({
        name: `${isIdempotent ? 'idempotent' : 'plain'}-${i}`,
        topic: TOPIC,
        partition: i % PARTITIONS,
        random,
        window: 1 + i,
        ...(isIdempotent ? { producerId: await newProducerId(client) } : {}),
      }),
    )
  }
  return {
    writers,
    committer: new LoadCommitter('drill-group', TOPIC),
    values: Array.from({ length: PARTITIONS }, () => []),
    checkedBatches: new Map(),
  }
}

interface Kill {
  delayMs: number
  isAtRest: boolean
  isWithZooKeeper: boolean
}

/** @returns the number of requests that were open when the signal was sent */
async function loadUntilKill(
  subject: Subject,
  { writers, committer }: Load,
  port: number,
  { delayMs, isAtRest, isWithZooKeeper }: Kill,
): Promise<number> {
  const clients = [...writers, committer]
  const running = Promise.all(clients.map(client => client.run(port)))
  await wait(delayMs)
  if (isAtRest) {
    for (const client of clients) client.stop()
    await running
  }
  const open = clients.reduce((sum, client) => sum + client.openRequests, 0)
  const dying = [subject.broker.kill()]
  if (isWithZooKeeper) dying.push(subject.zookeeperServer.kill())
  await Promise.all([...dying, running])
  return open
}

async function check(load: Load, port: number, isFull: boolean): Promise<void> {
  await using client = await RawClient.open(port)
  await untilReady(client)
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const known = load.values[partition] ?? []
    const from = isFull ? 0 : known.length
    const read = await storedValues(client, TOPIC, partition, from)
    if (isFull) assert.deepEqual(read.slice(0, known.length), known, 'what was there stays')
    const values = isFull ? read : [...known, ...read]
    load.values[partition] = values
    for (const writer of load.writers.filter(w => w.partition === partition)) {
      checkAcknowledged(writer, values, load.checkedBatches.get(writer) ?? 0)
      load.checkedBatches.set(writer, writer.acknowledged.length)
      if (isFull) checkOrder(writer, values)
    }
  }
  await load.committer.check(client)
}

/** Waits until the broker leads the topic and the group: it learns of that after it has started. */
async function untilReady(client: RawClient): Promise<void> {
  const deadlineMs = Date.now() + 30_000
  while (true) {
    const { topics } = await client.request([MetadataRequest, MetadataResponse], 4, {
      topics: [{ name: TOPIC }],
    })
    const partitions = topics[0]?.partitions ?? []
    const coordinator = await client.request([FindCoordinatorRequest, FindCoordinatorResponse], 2, {
      key: 'drill-group',
    })
    const isLed = partitions.length === PARTITIONS && partitions.every(p => p.leaderId === 0)
    if (isLed && coordinator.errorCode === ErrorCode.NONE) return
    assert.ok(Date.now() < deadlineMs, 'the broker does not lead its partitions')
    await wait(50)
  }
}

async function newProducerId(client: RawClient): Promise<number> {
  while (true) {
    const answer = await client.request([InitProducerIdRequest, InitProducerIdResponse], 1, {
      transactionalId: null,
      transactionTimeoutMs: 60_000,
    })
    if (answer.errorCode === ErrorCode.NONE) return answer.producerId
    assert.equal(answer.errorCode, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
    await wait(50)
  }
}
