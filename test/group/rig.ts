/**
 * Runs the group machine in virtual time, one event after another, with a log that can be slow or
 * fail: for unit tests, scenarios and simulation. Checks at every decision that it wrote nothing.
 */
import { strict as assert } from 'node:assert'
import { serialize } from 'node:v8'
import {
  apply,
  createShard,
  decide,
  defaultGroupSettings,
  type ClientEvent,
  type Decision,
  type GroupEffect,
  type GroupEvent,
  type GroupRecord,
  type GroupReply,
  type GroupSettings,
  type GroupShard,
  type Replies,
  type RequestId,
  type TimerEvent,
} from '../../src/group/index.ts'
import { ErrorCode } from '../../src/protocol/index.ts'

interface Append {
  readonly decision: Decision<GroupReply>
  readonly request: RequestId | undefined
}

export class Rig {
  readonly settings: GroupSettings
  shard: GroupShard
  /** Durable records in order. */
  readonly log: GroupRecord[] = []
  readonly answers = new Map<RequestId, GroupReply>()
  readonly timers = new Map<string, { readonly atMs: number; readonly timer: TimerEvent }>()
  nowMs = 1_000_000
  /** What becomes of appends: durable at once, left in `held`, or refused with an error. */
  appends: 'durable' | 'held' | ErrorCode = 'durable'
  readonly held: Append[] = []
  onEffect: (effect: GroupEffect) => void = () => undefined
  onRecord: (record: GroupRecord) => void = () => undefined
  #lastRequest = 0

  constructor(settings: Partial<GroupSettings> = {}) {
    this.settings = { ...defaultGroupSettings, ...settings }
    this.shard = createShard(this.settings)
  }

  /** The id that the next request will have: events that wait carry it. */
  get nextRequest(): RequestId {
    return this.#lastRequest + 1
  }

  /** Asks and returns the answer, or undefined while it is waited for. */
  ask<Type extends keyof Replies>(
    event: ClientEvent & { readonly type: Type },
  ): Replies[Type] | undefined {
    const request = ++this.#lastRequest
    this.tell(event, request)
    return this.answers.get(request) as Replies[Type] | undefined
  }

  /** Asks for something that must be answered at once. */
  askNow<Type extends keyof Replies>(event: ClientEvent & { readonly type: Type }): Replies[Type] {
    const reply = this.ask<Type>(event)
    assert(reply !== undefined, `${event.type} was not answered at once`)
    return reply
  }

  tell(event: GroupEvent, request?: RequestId): void {
    const decision = this.decide(event)
    for (const transition of decision.transitions) apply(this.shard, transition, -1)
    for (const effect of decision.effects) this.#perform(effect)
    if (decision.records.length === 0) this.#conclude(decision, request)
    else if (this.appends === 'held') this.held.push({ decision, request })
    else this.#settle({ decision, request }, this.appends)
  }

  /** The decision alone; nothing is applied. */
  decide(event: GroupEvent): Decision<GroupReply> {
    const before = serialize(this.shard.groups)
    const decision = decide(this.shard, event, this.nowMs)
    assert(before.equals(serialize(this.shard.groups)), `deciding ${event.type} changed the state`)
    return decision
  }

  /** What was held becomes durable, or is refused. */
  settleHeld(outcome: 'durable' | ErrorCode = 'durable', count = this.held.length): void {
    for (const append of this.held.splice(0, count)) this.#settle(append, outcome)
  }

  #settle(append: Append, outcome: 'durable' | ErrorCode): void {
    const { decision, request } = append
    if (outcome !== 'durable') {
      if (decision.lost !== undefined) this.tell({ ...decision.lost, errorCode: outcome }, request)
      else this.#reply(decision, request)
      return
    }
    for (const record of decision.records) {
      this.log.push(record)
      this.onRecord(record)
      apply(this.shard, record, this.log.length - 1)
    }
    this.#conclude(decision, request)
  }

  #conclude(decision: Decision<GroupReply>, request: RequestId | undefined): void {
    this.#reply(decision, request)
    if (decision.stored !== undefined) this.tell(decision.stored, request)
  }

  #reply({ reply }: Decision<GroupReply>, request: RequestId | undefined): void {
    if (reply !== undefined && request !== undefined) this.#answer(request, reply)
  }

  #perform(effect: GroupEffect): void {
    this.onEffect(effect)
    switch (effect.type) {
      case 'answer':
        this.#answer(effect.request, effect.reply)
        return
      case 'arm':
        this.timers.set(keyOf(effect.timer), {
          atMs: this.nowMs + effect.delayMs,
          timer: effect.timer,
        })
        return
      case 'disarm':
        this.timers.delete(keyOf(effect.timer))
        return
      case 'log':
    }
  }

  #answer(request: RequestId, reply: GroupReply): void {
    assert(!this.answers.has(request), `request ${request} was answered twice`)
    this.answers.set(request, reply)
  }

  /** Lets time pass; timers end in their order, those of one moment in the order of being armed. */
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

  /** The coordinator dies and another takes over: all it knows is the log. */
  restart(): void {
    this.shard = replay(this.log, this.settings)
    this.timers.clear()
    this.held.length = 0
    for (const groupId of [...this.shard.groups.keys()])
      this.tell({ type: 'group-loaded', groupId })
  }
}

export function replay(log: readonly GroupRecord[], settings: GroupSettings): GroupShard {
  const shard = createShard(settings)
  log.forEach((record, index) => apply(shard, record, index))
  return shard
}

function keyOf(timer: TimerEvent): string {
  return JSON.stringify([timer.type, timer.groupId, 'memberId' in timer ? timer.memberId : ''])
}

/** The name of an error code, as scenarios and messages show it. */
export function nameOf(errorCode: ErrorCode): string {
  return Object.entries(ErrorCode).find(([, code]) => code === errorCode)?.[0] ?? `${errorCode}`
}
