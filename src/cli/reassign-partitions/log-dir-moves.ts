/** Moves of replicas between the log directories of a broker (KIP-113): how they stand, and their beginning. */
import { KafkaError, unwrap, type Admin, type LogDirMove } from '../../client/index.ts'
import { sleep } from '../../host/index.ts'
import { javaText, throughFuture, ToolError } from '../java-text.ts'
import { commandFailed } from '../json-fields.ts'
import { PlainError } from '../plain-error.ts'
import type { ReassignRun } from './carry-out.ts'
import { byPartition, nameOf } from './reassignment-json.ts'

const PAUSE_MS = 100

/** A move with where the replica lies, and where it is being built anew; `undefined`: nowhere. */
export interface MoveState {
  readonly move: LogDirMove
  readonly current: string | undefined
  readonly future: string | undefined
}

export async function moveStates(admin: Admin, moves: readonly LogDirMove[]): Promise<MoveState[]> {
  const ids = [...new Set(moves.map(({ brokerId }) => brokerId))]
  if (ids.length === 0) return []
  const described = await throughFuture(
    admin
      .describeLogDirs(ids)
      .then(found => new Map(Array.from(found, ([id, outcome]) => [id, unwrap(outcome)]))),
  )
  return moves.map(move => {
    const holding = (isFuture: boolean) =>
      described
        .get(move.brokerId)
        ?.find(({ replicas }) =>
          replicas.some(one => nameOf(one) === nameOf(move) && one.isFuture === isFuture),
        )?.path
    return { move, current: holding(false), future: holding(true) }
  })
}

/** Whether nothing more is to be waited for. */
export function isDone({ current, future }: MoveState): boolean {
  return current !== undefined && future === undefined
}

/** One line a move, by broker. */
export function moveStatesText(states: readonly MoveState[]): string {
  return states
    .toSorted((left, right) => byReplica(left.move, right.move))
    .map(lineOf)
    .join('\n')
}

function lineOf({ move, current, future }: MoveState): string {
  const { brokerId, logDir } = move
  const partition = `Partition ${nameOf(move)}`
  if (current === undefined) {
    return (
      `${partition} is not found in any live log dir on broker ${brokerId}. There is likely an ` +
      'offline log directory on the broker.'
    )
  }
  const replica = `Reassignment of replica ${replicaName(move)}`
  if (future === logDir) return `${replica} is still in progress.`
  if (future !== undefined) {
    return `${partition} on broker ${brokerId} is being moved to log dir ${future} instead of ${logDir}.`
  }
  if (current === logDir) return `${replica} completed successfully.`
  return `${partition} on broker ${brokerId} is not being moved from log dir ${current} to ${logDir}.`
}

/**
 * Tries for `--timeout` until each has begun: a replica that is still on its way to a broker cannot be moved
 * there yet.
 *
 * @throws PlainError for those that have not begun in time, ToolError
 */
export async function beginMoves(
  { admin, host, given, print }: ReassignRun,
  moves: readonly LogDirMove[],
): Promise<void> {
  const endMs = host.clock.monotonicMs() + given.value('timeout')
  let pending = moves.toSorted(byReplica)
  for (;;) {
    const begun = await begin(admin, pending)
    for (const { topic, partition, brokerId, logDir } of begun) {
      print(
        `Successfully started moving log directory to ${logDir} for replica ${topic}-${partition} ` +
          `with broker ${brokerId} \n`,
      )
    }
    pending = pending.filter(move => !begun.includes(move))
    if (pending.length === 0) return
    if (host.clock.monotonicMs() >= endMs) {
      const plural = pending.length === 1 ? '' : 's'
      throw new PlainError(
        `Timed out before log directory move${plural} could be started for: ` +
          pending.map(replicaName).join(','),
      )
    }
    await sleep(host.clock, PAUSE_MS)
  }
}

async function begin(admin: Admin, moves: readonly LogDirMove[]): Promise<LogDirMove[]> {
  const outcomes = await admin.alterReplicaLogDirs(moves)
  return outcomes.flatMap(({ move, outcome }) => {
    if (outcome.ok) return [move]
    const { error } = outcome
    if (error instanceof KafkaError && error.code === 'REPLICA_NOT_AVAILABLE') return []
    const text = javaText(error)
    const cause = new ToolError('java.util.concurrent.ExecutionException', text, error)
    throw commandFailed(`Failed to alter dir for ${replicaName(move)}`, cause)
  })
}

function byReplica(left: LogDirMove, right: LogDirMove): number {
  return left.brokerId - right.brokerId || byPartition(left, right)
}

const replicaName = (move: LogDirMove) => `${nameOf(move)}-${move.brokerId}`
