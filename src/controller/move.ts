/**
 * Moves of partitions between brokers (KIP-455). A move has two phases: new replicas are added and catch
 * up; once all that shall hold the partition are in sync one of them leads, and the others drop their
 * files. What is under way stands in the topic's znode, so that another controller goes on with it.
 */
import { ErrorCode, errorText } from '../protocol/index.ts'
import { Draft, presenceIn } from './draft.ts'
import { firstState } from './elect.ts'
import {
  nothing,
  type ControllerDecision,
  type EventOf,
  type PartitionKey,
  type PartitionOutcome,
  type ReplicaMove,
} from './events.ts'
import { refuseReplicas, refuseTarget } from './move-rules.ts'
import {
  droppedReplicas,
  isMoving,
  isSameAssignment,
  keepingOneInSync,
  movedTo,
  originReplicas,
  partitionAssignment,
  settled,
  withPartition,
  type PartitionAssignment,
} from './partition-assignment.ts'
import {
  NO_LEADER,
  type ControllerSettings,
  type ControllerState,
  type PartitionState,
} from './state.ts'

const done = { errorCode: ErrorCode.NONE, message: null }
const noPartition = {
  errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  message: 'The partition does not exist.',
}
const nothingUnderWay = {
  errorCode: ErrorCode.NO_REASSIGNMENT_IN_PROGRESS,
  message: errorText(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS),
}

/** AlterPartitionReassignments: what it says of a partition counts from now on, whatever was asked for before. */
export function decideReassign(
  state: ControllerState,
  { changes, allowsFactorChange }: EventOf<'reassign'>,
  settings: ControllerSettings,
): ControllerDecision {
  const mover = new Mover(state, settings)
  const results: (PartitionKey & PartitionOutcome)[] = []
  for (const { topic, partition, replicas } of changes) {
    const key = { topic, partition }
    const current = mover.assignmentOf(key)
    const refusal =
      replicas === null ? undefined : refuseTarget(state, current, replicas, allowsFactorChange)
    const target = replicas ?? cancelled(current)
    if (refusal !== undefined) results.push({ ...key, ...refusal })
    else if (target === undefined) results.push({ ...key, ...nothingUnderWay })
    else {
      mover.forgetRequest(key)
      const isThere = current !== undefined && !state.deletions.has(topic)
      if (isThere) mover.move(key, movedTo(current, target))
      results.push({ ...key, ...(isThere ? done : noPartition) })
    }
  }
  return { ...mover.decision(), reply: { type: 'by-partition', results } }
}

/** Where a cancellation leads; `undefined` when there is nothing to cancel. */
function cancelled(current: PartitionAssignment | undefined): readonly number[] | undefined {
  return current !== undefined && isMoving(current) ? originReplicas(current) : undefined
}

/** /admin/reassign_partitions: what is new in it is begun, what cannot be is taken out again. */
export function decideMovesRequested(
  state: ControllerState,
  { moves }: EventOf<'moves-requested'>,
  settings: ControllerSettings,
): ControllerDecision {
  const mover = new Mover(state, settings, moves)
  for (const wanted of moves) {
    if (state.requestedMoves.some(known => isSameMove(known, wanted))) continue
    const current = mover.assignmentOf(wanted)
    const isPossible =
      current !== undefined &&
      !state.deletions.has(wanted.topic) &&
      refuseReplicas(wanted.replicas) === undefined
    if (isPossible) mover.move(wanted, movedTo(current, wanted.replicas))
    else mover.forgetRequest(wanted)
  }
  return mover.decision()
}

/** Moves whose replicas have caught up come to their end. */
export function decideResumeMoves(
  state: ControllerState,
  { partitions }: EventOf<'resume-moves'>,
  settings: ControllerSettings,
): ControllerDecision {
  const mover = new Mover(state, settings)
  for (const key of partitions) mover.finish(key)
  return mover.hasMoved ? mover.decision() : nothing
}

function isSameMove(a: ReplicaMove, b: ReplicaMove): boolean {
  const isSamePartition = a.topic === b.topic && a.partition === b.partition
  const isSameLength = a.replicas.length === b.replicas.length
  return isSamePartition && isSameLength && a.replicas.every((id, nth) => id === b.replicas[nth])
}

/** Takes partitions on, one after another, in one decision. */
class Mover {
  readonly #state: ControllerState
  readonly #draft: Draft
  /** What lies in /admin/reassign_partitions, and what is to stay there. */
  readonly #found: readonly ReplicaMove[]
  #requests: readonly ReplicaMove[]
  hasMoved = false

  constructor(
    state: ControllerState,
    settings: ControllerSettings,
    found: readonly ReplicaMove[] = state.requestedMoves,
  ) {
    this.#state = state
    this.#draft = new Draft(presenceIn(state), settings)
    this.#found = found
    this.#requests = found
  }

  #topicAssignment(topic: string) {
    return this.#draft.assignmentOf(topic) ?? this.#state.topics.get(topic)?.assignment
  }

  assignmentOf({ topic, partition }: PartitionKey): PartitionAssignment | undefined {
    const assignment = this.#topicAssignment(topic)
    return assignment === undefined ? undefined : partitionAssignment(assignment, partition)
  }

  /** It is decided otherwise, or cannot be done. */
  forgetRequest({ topic, partition }: PartitionKey): void {
    const isOther = (move: ReplicaMove) => move.topic !== topic || move.partition !== partition
    this.#keepRequests(isOther)
  }

  /** To its end, if it is on the move and can come there. */
  finish(key: PartitionKey): void {
    const current = this.assignmentOf(key)
    if (current === undefined || !isMoving(current)) return
    const before = this.#stateOf(key)
    if (before !== undefined && this.#draft.canSettle(key, current, before)) this.move(key, current)
  }

  #stateOf({ topic, partition }: PartitionKey): PartitionState | undefined {
    return this.#state.topics.get(topic)?.partitions.get(partition)
  }

  /** On the way with `wanted`, or at its end when all that shall hold it are in sync. */
  move(key: PartitionKey, wanted: PartitionAssignment): void {
    const { topic, partition } = key
    const assignment = this.#topicAssignment(topic)
    const current = this.assignmentOf(key)
    if (assignment === undefined || current === undefined) return
    this.hasMoved = true
    const before = this.#stateOf(key)
    const next = before === undefined ? wanted : keepingOneInSync(wanted, before.isr)
    const isOver =
      !isMoving(next) || (before !== undefined && this.#draft.canSettle(key, next, before))
    const after = isOver ? settled(next) : next
    const place = { topic, partition, assignment: withPartition(assignment, partition, after) }
    if (!isSameAssignment(current, after)) this.#draft.assign(place, after)
    const changed = this.#nextState(key, after, before)
    if (changed !== undefined) this.#draft.change(place, before, changed)
    const leaderEpoch = changed?.leaderEpoch ?? 0
    for (const broker of droppedReplicas(current, after))
      this.#draft.remove(broker, { topic, partition, leaderEpoch })
    if (isOver) this.#onEnd(key, after)
  }

  /** In a new epoch, so that the leader takes up who its replicas are; one of those that stay leads. */
  #nextState(
    { topic, partition }: PartitionKey,
    { replicas }: PartitionAssignment,
    before: PartitionState | undefined,
  ): PartitionState | undefined {
    const candidates = this.#draft.candidates(topic, partition, replicas)
    if (before === undefined) return firstState(replicas, id => candidates.isBack(id))
    const isr = before.isr.filter(id => replicas.includes(id))
    const stays = replicas.includes(before.leader) && candidates.isOnline(before.leader)
    const fit = replicas.filter(id => isr.includes(id))
    const leader = stays
      ? before.leader
      : (fit.find(id => candidates.mayLead(id)) ?? fit.find(id => candidates.isOnline(id)))
    return {
      ...before,
      leader: leader ?? NO_LEADER,
      isr,
      leaderEpoch: before.leaderEpoch + 1,
      partitionEpoch: before.partitionEpoch + 1,
    }
  }

  #onEnd(key: PartitionKey, { replicas }: PartitionAssignment): void {
    const { topic } = key
    this.#keepRequests(move => !isSameMove(move, { ...key, replicas }))
    if (this.#state.deletions.has(topic)) this.#draft.resumeDeletion()
  }

  decision(): ControllerDecision {
    const decision = this.#draft.decision([])
    const moves = this.#requests
    const isNews = moves !== this.#state.requestedMoves
    const isTouched = moves !== this.#found
    return {
      ...decision,
      writes: isTouched
        ? [...decision.writes, { type: 'set-requested-moves', moves }]
        : decision.writes,
      records: isNews
        ? [...decision.records, { type: 'requested-moves', moves }]
        : decision.records,
    }
  }

  #keepRequests(isKept: (move: ReplicaMove) => boolean): void {
    if (!this.#requests.every(isKept)) this.#requests = this.#requests.filter(isKept)
  }
}
