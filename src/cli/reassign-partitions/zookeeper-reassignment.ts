/** kafka-reassign-partitions on the nodes in ZooKeeper, as Kafka 2.6 did it: `--zookeeper`. */
import type { Host } from '../../host/index.ts'
import type { Znodes, ZooKeeperConnection } from '../../znodes/index.ts'
import { requestedPartitions, requestOfController } from '../controller-requests.ts'
import { commandFailed } from '../json-fields.ts'
import { ToolError } from '../java-text.ts'
import { PlainError } from '../plain-error.ts'
import { openZnodes } from '../zookeeper-connection.ts'
import type { ReassignRun } from './carry-out.ts'
import { clearingText, throttled } from './clear-throttles.ts'
import { currentText, startedText, UNDER_WAY, VERIFY_PERIODICALLY } from './execute.ts'
import { ensureRacks, propose, readBrokerIds } from './generate.ts'
import type { ReassignAction } from './reassign-options.ts'
import {
  assignmentText,
  nameOf,
  readReassignment,
  readReassignmentToExecute,
  readTopics,
  type Assignment,
  type Reassignment,
} from './reassignment-json.ts'
import {
  brokerThrottles,
  FOLLOWER_RATE,
  FOLLOWER_REPLICAS,
  LEADER_RATE,
  LEADER_REPLICAS,
  movesOf,
  movingBrokers,
  throttledReplicas,
  topicThrottles,
} from './throttles.ts'
import { statesText } from './verify.ts'

type Run = Omit<ReassignRun, 'admin'> & {
  readonly znodes: Znodes
  readonly connection: ZooKeeperConnection
}

/** @throws PlainError, ToolError */
export async function onZooKeeper(
  action: ReassignAction,
  base: Omit<ReassignRun, 'admin'> & { readonly host: Host },
): Promise<void> {
  const { znodes, connection, close } = await openZnodes(
    base.host,
    base.given.value('zookeeper') ?? '',
  )
  const run = { ...base, znodes, connection }
  try {
    if (action === 'verify') await verify(run)
    else if (action === 'generate') await generate(run)
    else await execute(run)
  } finally {
    await close()
  }
}

async function verify(run: Run): Promise<void> {
  const { znodes, connection, given, print } = run
  const { assignments } = withoutMoves(readReassignment(run.fileText()))
  print(
    'Warning: because you are using the deprecated --zookeeper option, the results may be ' +
      'incomplete.  Use --bootstrap-server instead for more accurate results.\n',
  )
  const moving = new Set((await requestedPartitions(connection, 'reassignment')).map(nameOf))
  const current = new Map(
    (await replicasOf(znodes, assignments)).map(one => [nameOf(one), one.replicas]),
  )
  const states = assignments.map(target => ({
    target,
    replicas: current.get(nameOf(target)) ?? [],
    isDone: !moving.has(nameOf(target)),
  }))
  print(`${statesText(states, 'complete')}\n`)
  if (moving.size > 0 || given.has('preserve-throttles')) return
  const brokers = await znodes.brokers()
  const { ids, topics } = throttled(
    brokers.map(({ id }) => id),
    assignments,
  )
  print(clearingText('broker', ids))
  for (const id of ids) await change(znodes, 'brokers', String(id), removed(brokerThrottles))
  print(clearingText('topic', topics))
  for (const topic of topics) await change(znodes, 'topics', topic, removed(topicThrottles))
}

async function generate(run: Run): Promise<void> {
  const { znodes, given, print, host } = run
  const ids = readBrokerIds(given.value('broker-list') ?? '')
  const topics = readTopics(run.fileText())
  const current = await replicasOf(
    znodes,
    topics.map(topic => ({ topic })),
  )
  const registered = await znodes.brokers()
  const brokers = registered
    .filter(({ id }) => ids.includes(id))
    .map(({ id, rack }) => ({ id, rack: given.has('disable-rack-aware') ? null : rack }))
  ensureRacks(brokers)
  const proposed = propose(current, brokers, below => host.random.below(below))
  print(`Current partition replica assignment\n${assignmentText(current)}\n\n`)
  print(`Proposed partition reassignment configuration\n${assignmentText(proposed)}\n`)
}

async function execute(run: Run): Promise<void> {
  const { znodes, connection, given, print } = run
  const { assignments } = withoutMoves(readReassignmentToExecute(run.fileText()))
  const all = await replicasOf(znodes, assignments)
  await ensureThere(znodes, assignments, all)
  const isUnderWay = (await requestedPartitions(connection, 'reassignment')).length > 0
  if (isUnderWay) throw new PlainError(UNDER_WAY)
  const wanted = new Set(assignments.map(nameOf))
  const current = all.filter(one => wanted.has(nameOf(one)))
  print(currentText(current))
  const throttle = given.value('throttle')
  if (throttle >= 0) {
    print(`${VERIFY_PERIODICALLY}\n`)
    await throttleBy(znodes, movesOf([], assignments, current), throttle)
    print(`The inter-broker throttle limit was set to ${throttle} B/s\n`)
  }
  if (!(await requestOfController(connection, 'reassignment', assignments))) {
    throw new PlainError(UNDER_WAY)
  }
  print(startedText(assignments))
}

async function throttleBy(
  znodes: Znodes,
  moves: ReturnType<typeof movesOf>,
  rate: number,
): Promise<void> {
  const followers = throttledReplicas(moves, 'destinations')
  for (const [topic, leaders] of throttledReplicas(moves, 'sources')) {
    await change(znodes, 'topics', topic, config => {
      config.set(LEADER_REPLICAS, leaders).set(FOLLOWER_REPLICAS, followers.get(topic) ?? '')
    })
  }
  for (const id of movingBrokers(moves)) {
    await change(znodes, 'brokers', String(id), config => {
      config.set(LEADER_RATE, String(rate)).set(FOLLOWER_RATE, String(rate))
    })
  }
}

/** Written only where something is different afterwards. */
async function change(
  znodes: Znodes,
  type: 'brokers' | 'topics',
  name: string,
  apply: (config: Map<string, string>) => unknown,
): Promise<void> {
  const config = await znodes.readConfig(type, name)
  const before = JSON.stringify([...config])
  apply(config)
  if (JSON.stringify([...config]) === before) return
  await znodes.writeConfig(type, name, config, { notify: true })
}

const removed = (properties: readonly string[]) => (config: Map<string, string>) => {
  for (const property of properties) config.delete(property)
}

function withoutMoves(reassignment: Reassignment): Reassignment {
  if (reassignment.moves.length === 0) return reassignment
  throw new ToolError(
    'kafka.common.AdminCommandFailedException',
    'bootstrap-server needs to be provided when replica reassignments are present.',
  )
}

async function replicasOf(
  znodes: Znodes,
  places: readonly { readonly topic: string }[],
): Promise<Assignment[]> {
  const assignments: Assignment[] = []
  for (const topic of new Set(places.map(one => one.topic))) {
    for (const [partition, replicas] of (await znodes.topic(topic))?.replicas ?? []) {
      assignments.push({ topic, partition, replicas })
    }
  }
  return assignments
}

async function ensureThere(
  znodes: Znodes,
  proposed: readonly Assignment[],
  known: readonly Assignment[],
): Promise<void> {
  const names = new Set(known.map(nameOf))
  const missing = proposed.filter(one => !names.has(nameOf(one))).map(nameOf)
  if (missing.length > 0) {
    throw commandFailed(
      `The proposed assignment contains non-existent partitions: List(${missing.join(', ')})`,
    )
  }
  const live = new Set((await znodes.brokers()).map(({ id }) => id))
  const unknown = new Set(proposed.flatMap(({ replicas }) => replicas).filter(id => !live.has(id)))
  if (unknown.size === 0) return
  throw commandFailed(
    `The proposed assignment contains non-existent brokerIDs: ${[...unknown].join(',')}`,
  )
}
