/** `--verify`: how far a reassignment is; once nothing is moved any more, throttles go. */
import { unwrap, type Admin } from '../../client/index.ts'
import { throughFuture } from '../java-text.ts'
import type { ReassignRun } from './carry-out.ts'
import { clearThrottles } from './clear-throttles.ts'
import { isDone, moveStates, moveStatesText } from './log-dir-moves.ts'
import { byPartition, nameOf, readReassignment, type Assignment } from './reassignment-json.ts'

export interface PartitionState {
  readonly target: Assignment
  /** None: there is no such partition. */
  readonly replicas: readonly number[]
  readonly isDone: boolean
}

export async function verify(run: ReassignRun): Promise<void> {
  const { admin, given, print } = run
  const { assignments, moves } = readReassignment(run.fileText())
  const underWay = await throughFuture(admin.listPartitionReassignments())
  const moving = new Map(underWay.map(one => [nameOf(one), one.replicas]))
  const replicas = await replicasNow(
    admin,
    assignments.filter(one => !moving.has(nameOf(one))),
  )
  const states = assignments.map(target => {
    const name = nameOf(target)
    const isMoving = moving.has(name)
    return { target, replicas: moving.get(name) ?? replicas.get(name) ?? [], isDone: !isMoving }
  })
  print(`${statesText(states)}\n`)
  const dirs = await moveStates(admin, moves)
  print(`${moveStatesText(dirs)}\n`)
  if (underWay.length > 0 || !dirs.every(isDone) || given.has('preserve-throttles')) return
  await clearThrottles(run, assignments)
}

/** `completed` is Kafka's word since 3.0, before that it was `complete`. */
export function statesText(states: readonly PartitionState[], done = 'completed'): string {
  const unique = new Map(states.map(state => [nameOf(state.target), state]))
  const lines = [...unique.values()]
    .toSorted((left, right) => byPartition(left.target, right.target))
    .map(state => lineOf(state, done))
  return ['Status of partition reassignment:', ...lines].join('\n')
}

function lineOf({ target, replicas, isDone: isOver }: PartitionState, done: string): string {
  const subject = `Reassignment of partition ${nameOf(target)}`
  if (!isOver) return `${subject} is still in progress.`
  const [current, wanted] = [replicas.join(','), target.replicas.join(',')]
  if (current === wanted) return `${subject} is ${done}.`
  return (
    `There is no active reassignment of partition ${nameOf(target)}, but replica set is ${current} ` +
    `rather than ${wanted}.`
  )
}

async function replicasNow(
  admin: Admin,
  assignments: readonly Assignment[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const topics = [...new Set(assignments.map(({ topic }) => topic))]
  const known = new Map<string, readonly number[]>()
  const described = await throughFuture(admin.describeTopics(topics))
  for (const [topic, outcome] of described) {
    if (!outcome.ok && outcome.error.code === 'UNKNOWN_TOPIC_OR_PARTITION') continue
    const { partitions } = await throughFuture(Promise.resolve().then(() => unwrap(outcome)))
    for (const { partition, replicas } of partitions) {
      known.set(
        nameOf({ topic, partition }),
        replicas.map(({ id }) => id),
      )
    }
  }
  return known
}
