/**
 * Runs the transaction machine in virtual time, with a log that can be slow or fail, and partitions that
 * take markers when told to: for unit tests and simulation. Checks at every decision that it wrote nothing.
 */
import { strict as assert } from 'node:assert'
import { serialize } from 'node:v8'
import { ErrorCode } from '../../src/protocol/index.ts'
import {
  apply,
  createShard,
  decide,
  decodeRecord,
  defaultTransactionSettings,
  encodeRecord,
  isPreparing,
  type ClientEvent,
  type Decision,
  type InitReply,
  type MarkerOutcome,
  type TimerEvent,
  type Transaction,
  type TransactionEvent,
  type TransactionRecord,
  type TransactionSettings,
  type TransactionShard,
  type WriteMarkers,
} from '../../src/txn/index.ts'

interface Append {
  readonly decision: Decision
  readonly request: number | undefined
}

export class Rig {
  readonly settings: TransactionSettings
  shard: TransactionShard
  /** Durable records in order. */
  readonly log: TransactionRecord[] = []
  readonly answers = new Map<number, InitReply>()
  readonly timers = new Map<string, { readonly atMs: number; readonly timer: TimerEvent }>()
  /** Markers that were asked for and not answered yet. */
  readonly markers: WriteMarkers[] = []
  nowMs = 1_000_000
  /** What becomes of appends: durable at once, left in `held`, or refused with an error. */
  appends: 'durable' | 'held' | ErrorCode = 'durable'
  readonly held: Append[] = []
  nextProducerId = 1_000
  #lastRequest = 0

  constructor(settings: Partial<TransactionSettings> = {}) {
    this.settings = { ...defaultTransactionSettings, ...settings }
    this.shard = createShard(this.settings)
  }

  /** Asks and returns the answer, or undefined while it is waited for. */
  ask(event: ClientEvent): InitReply | undefined {
    const request = ++this.#lastRequest
    this.tell(event, request)
    return this.answers.get(request)
  }

  /** The error of what must be answered at once. */
  code(event: ClientEvent): ErrorCode {
    const reply = this.ask(event)
    assert(reply !== undefined, `${event.type} was not answered at once`)
    return reply.errorCode
  }

  /** InitProducerId as the coordinator asks it: again with a fresh id where one is needed. */
  init(
    transactionalId = 't',
    more: { timeoutMs?: number; expected?: { producerId: number; producerEpoch: number } } = {},
  ): InitReply {
    const { timeoutMs = 60_000, expected } = more
    const event = { type: 'init-producer-id', transactionalId, timeoutMs, expected } as const
    const first = this.ask({ ...event, freshProducerId: undefined })
    assert(first !== undefined, 'InitProducerId is answered at once')
    if (!first.needsProducerId) return first
    const reply = this.ask({ ...event, freshProducerId: this.nextProducerId++ })
    assert(reply !== undefined)
    return reply
  }

  get(transactionalId = 't'): Transaction {
    const transaction = this.shard.transactions.get(transactionalId)
    assert(transaction !== undefined, `${transactionalId} is not known`)
    return transaction
  }

  tell(event: TransactionEvent, request?: number): void {
    const decision = this.decide(event)
    for (const transition of decision.transitions) apply(this.shard, transition)
    for (const effect of decision.effects) {
      if (effect.type === 'perform') this.markers.push(effect.action)
      if (effect.type === 'arm') {
        const atMs = this.nowMs + effect.delayMs
        this.timers.set(effect.timer.transactionalId, { atMs, timer: effect.timer })
      }
    }
    if (decision.records.length === 0) this.#conclude(decision, request)
    else if (this.appends === 'held') this.held.push({ decision, request })
    else this.#settle({ decision, request }, this.appends)
  }

  /** The decision alone; nothing is applied. */
  decide(event: TransactionEvent): Decision {
    const before = serialize(this.shard.transactions)
    const decision = decide(this.shard, event, this.nowMs)
    assert(
      before.equals(serialize(this.shard.transactions)),
      `deciding ${event.type} changed the state`,
    )
    return decision
  }

  /** What was held becomes durable, or is refused. */
  settleHeld(outcome: 'durable' | ErrorCode = 'durable', count = this.held.length): void {
    for (const append of this.held.splice(0, count)) this.#settle(append, outcome)
  }

  #settle({ decision, request }: Append, outcome: 'durable' | ErrorCode): void {
    if (outcome !== 'durable') {
      assert(decision.lost !== undefined, 'what is stored may be lost')
      this.tell({ ...decision.lost, errorCode: outcome }, request)
      return
    }
    for (const record of decision.records) {
      this.log.push(record)
      apply(this.shard, record)
    }
    this.#conclude(decision, request)
  }

  #conclude({ reply, stored }: Decision, request: number | undefined): void {
    if (reply !== undefined && request !== undefined) {
      assert(!this.answers.has(request), `request ${request} was answered twice`)
      this.answers.set(request, reply)
    }
    if (stored !== undefined) this.tell(stored, request)
  }

  /** The partitions of the oldest markers answer. */
  answerMarkers(
    outcomeOf: (topic: string, partition: number) => MarkerOutcome = () => 'done',
  ): void {
    const markers = this.markers.shift()
    assert(markers !== undefined, 'no markers are waited for')
    const { transactionalId, producerId, producerEpoch, partitions } = markers
    const results = partitions.map(({ topic, partition }) => ({
      ...{ topic, partition },
      outcome: outcomeOf(topic, partition),
    }))
    const about = { transactionalId, producerId, producerEpoch }
    this.tell({ type: 'markers-answered', ...about, results })
  }

  /** Lets time pass; timers end in their order. */
  advance(spanMs: number): void {
    const endMs = this.nowMs + spanMs
    for (;;) {
      const due = [...this.timers].sort((left, right) => left[1].atMs - right[1].atMs)[0]
      if (due === undefined || due[1].atMs > endMs) break
      const [key, { atMs, timer }] = due
      this.timers.delete(key)
      this.nowMs = atMs
      this.tell(timer)
    }
    this.nowMs = endMs
  }

  /** The coordinator dies and another takes over: all it knows is the log, as bytes. */
  restart(): void {
    this.shard = replay(this.log, this.settings)
    this.timers.clear()
    this.held.length = 0
    this.markers.length = 0
    for (const { transactionalId, phase } of [...this.shard.transactions.values()]) {
      if (isPreparing(phase)) this.tell({ type: 'transaction-loaded', transactionalId })
    }
  }
}

export function replay(
  log: readonly TransactionRecord[],
  settings: TransactionSettings,
): TransactionShard {
  const shard = createShard(settings)
  for (const record of log) {
    const stored = decodeRecord(encodeRecord(record))
    assert(stored !== undefined)
    apply(shard, stored)
  }
  return shard
}
