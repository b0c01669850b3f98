/** `--cancel`: takes back what is under way of a reassignment. */
import { throughFuture } from '../java-text.ts'
import { PlainError } from '../plain-error.ts'
import type { ReassignRun } from './carry-out.ts'
import { clearThrottles } from './clear-throttles.ts'
import { beginMoves, moveStates } from './log-dir-moves.ts'
import { byPartition, nameOf, readReassignment } from './reassignment-json.ts'

/** @throws PlainError, ToolError */
export async function cancel(run: ReassignRun): Promise<void> {
  const { admin, given, print } = run
  const { assignments, moves } = readReassignment(run.fileText())
  const partitions = assignments.map(({ topic, partition }) => ({ topic, partition }))
  const found = await throughFuture(admin.listPartitionReassignments({ partitions }))
  // Kafka leaves out those that only add replicas.
  const underWay = found.filter(
    ({ addingReplicas, removingReplicas }) =>
      addingReplicas.length === 0 || removingReplicas.length > 0,
  )
  if (underWay.length > 0) await cancelAll(run, underWay)
  else print('None of the specified partition reassignments are active.\n')
  const dirs = await moveStates(admin, moves)
  const back = dirs.flatMap(({ move, current, future }) =>
    current === undefined || future === undefined ? [] : [{ ...move, logDir: current }],
  )
  if (back.length > 0) await beginMoves(run, back)
  // Without a line end, as in Kafka since 3.0.
  else print('None of the specified partition moves are active.')
  if (!given.has('preserve-throttles')) await clearThrottles(run, assignments)
}

async function cancelAll(
  { admin, print }: ReassignRun,
  underWay: readonly { readonly topic: string; readonly partition: number }[],
): Promise<void> {
  const outcomes = await admin.alterPartitionReassignments(
    underWay.map(({ topic, partition }) => ({ topic, partition, replicas: 'cancel' })),
  )
  const sorted = outcomes.toSorted(byPartition)
  const lines = sorted.flatMap(one => (one.ok ? [] : [`${nameOf(one)}: ${one.error.message}`]))
  if (lines.length > 0) {
    const plural = lines.length === 1 ? '' : 's'
    const head = `Error cancelling partition reassignment${plural} for:`
    throw new PlainError([head, ...lines].join('\n'))
  }
  const plural = sorted.length === 1 ? '' : 's'
  print(
    `Successfully cancelled partition reassignment${plural} for: ${sorted.map(nameOf).join(',')}\n`,
  )
}
