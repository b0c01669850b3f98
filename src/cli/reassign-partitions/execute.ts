/** `--execute`: begins a reassignment, throttled if wanted. */
import { KafkaError, unwrap, type Admin } from '../../client/index.ts'
import { inHashOrder, partitionHash } from '../java-hash-order.ts'
import { throughFuture } from '../java-text.ts'
import { commandFailed } from '../json-fields.ts'
import { PlainError } from '../plain-error.ts'
import type { ReassignRun } from './carry-out.ts'
import { replicasOfTopics } from './known-replicas.ts'
import { beginMoves } from './log-dir-moves.ts'
import {
  assignmentText,
  byPartition,
  nameOf,
  readReassignmentToExecute,
  type Assignment,
} from './reassignment-json.ts'
import {
  FOLLOWER_RATE,
  LEADER_RATE,
  LOG_DIR_RATE,
  movesOf,
  movingBrokers,
  rateAlterations,
  topicAlterations,
} from './throttles.ts'

export const UNDER_WAY =
  'Cannot execute because there is an existing partition assignment.  Use --additional to override ' +
  'this and create a new partition assignment in addition to the existing one. The --additional ' +
  'flag can also be used to change the throttle by resubmitting the current reassignment.'
export const VERIFY_PERIODICALLY =
  'Warning: You must run --verify periodically, until the reassignment completes, to ensure the ' +
  'throttle is removed.'

/** @throws PlainError, ToolError */
export async function execute(run: ReassignRun): Promise<void> {
  const { admin, given, print } = run
  const { assignments, moves } = readReassignmentToExecute(run.fileText())
  const underWay = await throughFuture(admin.listPartitionReassignments())
  if (!given.has('additional') && underWay.length > 0) throw new PlainError(UNDER_WAY)
  await ensureBrokers(admin, assignments)
  const current = await currentOf(admin, assignments)
  print(currentText(current))
  const throttle = given.value('throttle')
  const logDirThrottle = given.value('replica-alter-log-dirs-throttle')
  if (throttle >= 0 || logDirThrottle >= 0) print(`${VERIFY_PERIODICALLY}\n`)
  if (throttle >= 0) {
    const replicaMoves = movesOf(underWay, assignments, current)
    await alter(admin, topicAlterations(replicaMoves))
    const rates = [LEADER_RATE, FOLLOWER_RATE]
    await alter(admin, rateAlterations(movingBrokers(replicaMoves), rates, throttle))
    print(`The inter-broker throttle limit was set to ${throttle} B/s\n`)
  }
  if (logDirThrottle >= 0) {
    const ids = [...new Set(moves.map(({ brokerId }) => brokerId))]
    await alter(admin, rateAlterations(ids, [LOG_DIR_RATE], logDirThrottle))
    print(`The replica-alter-dir throttle limit was set to ${logDirThrottle} B/s\n`)
  }
  await begin(admin, assignments)
  print(startedText(assignments))
  if (moves.length > 0) await beginMoves(run, moves)
}

export function currentText(current: readonly Assignment[]): string {
  return (
    `Current partition replica assignment\n\n${assignmentText(current)}\n\n` +
    'Save this to use as the --reassignment-json-file option during rollback\n'
  )
}

export function startedText(assignments: readonly Assignment[]): string {
  const names = assignments.toSorted(byPartition).map(nameOf)
  const plural = names.length === 1 ? '' : 's'
  return `Successfully started partition reassignment${plural} for ${names.join(',')}\n`
}

/** All or nothing. @throws ToolError */
export async function alter(
  admin: Admin,
  alterations: Parameters<Admin['incrementalAlterConfigs']>[0],
): Promise<void> {
  await throughFuture(
    admin.incrementalAlterConfigs(alterations).then(outcomes => outcomes.forEach(unwrap)),
  )
}

async function ensureBrokers(admin: Admin, assignments: readonly Assignment[]): Promise<void> {
  const { brokers } = await throughFuture(admin.describeCluster())
  const known = new Set(brokers.map(({ id }) => id))
  const ids = new Set(assignments.flatMap(({ replicas }) => replicas))
  const unknown = inHashOrder(ids, id => id).find(id => !known.has(id))
  if (unknown !== undefined) throw commandFailed(`Unknown broker id ${unknown}`)
}

/** Of the partitions to be moved alone. @throws ToolError for those that are not there */
async function currentOf(admin: Admin, proposed: readonly Assignment[]): Promise<Assignment[]> {
  const wanted = new Map(proposed.map(one => [nameOf(one), one]))
  const all = await replicasOfTopics(
    admin,
    proposed.map(({ topic }) => topic),
  )
  const current = all.filter(one => wanted.has(nameOf(one)))
  for (const one of current) wanted.delete(nameOf(one))
  if (wanted.size === 0) return current
  const names = inHashOrder(wanted.values(), partitionHash).map(nameOf).join(', ')
  const problem = `Unable to find partition: ${names}`
  const error = new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', problem)
  return throughFuture(Promise.reject(error))
}

async function begin(admin: Admin, assignments: readonly Assignment[]): Promise<void> {
  const outcomes = await admin.alterPartitionReassignments(assignments)
  const lines = outcomes
    .toSorted(byPartition)
    .flatMap(one => (one.ok ? [] : [`${nameOf(one)}: ${one.error.message}`]))
  if (lines.length > 0)
    throw new PlainError(['Error reassigning partition(s):', ...lines].join('\n'))
}
