/**
 * Runs one machine over one partition of an internal topic: reads its log, then decides one event
 * after another, stores what was decided, answers, and keeps its timers. All decisions are made in
 * the event loop and at once; only the log is waited for, and meanwhile further events are decided.
 */
import { ProtocolError } from '../bytes/index.ts'
import { StorageError, type Clock, type Log } from '../host/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import { buildEndTxnMarker, ControlRecordType, type EndTxnMarkerOptions } from '../records/index.ts'
import { AppendQueue } from './append-queue.ts'
import { KeyedTimers } from './keyed-timers.ts'
import type { Decision, Effect, Machine, MachineTypes, RequestId } from './machine.ts'
import type { PartitionLog } from './partition-log.ts'
import { nextTurn, replay, type ReplayCounts } from './replay.ts'

export interface MachineRuntimeOptions<T extends MachineTypes> {
  readonly machine: Machine<T>
  readonly partition: number
  readonly log: PartitionLog
  readonly clock: Clock
  readonly logger: Log
  readonly appendTimeoutMs: number
  readonly maxBatchBytes: number
  readonly codec: number
  /** Does what the machine wants done elsewhere; what comes of it is told to the machine later. */
  readonly perform?: (action: T['action']) => void
  /** Told of each record that was decided here, once it is durable and applied. */
  readonly onApplied?: (record: T['record']) => void
  /** Beyond so many questions that wait for an answer it says that it is not available. */
  readonly maxWaiting?: number
}

/** Questions that may wait for an answer, a partition, unless told otherwise. */
const DEFAULT_MAX_WAITING = 100_000

/** Events decided in one go after loading, so that the event loop gets its turn. */
const EVENTS_PER_TURN = 100

/** What loading took, and what was found. */
export interface Loaded extends ReplayCounts {
  readonly timeMs: number
}

interface Waiting<T extends MachineTypes> {
  readonly question: T['question']
  readonly answer: (reply: T['reply']) => void
}

export class MachineRuntime<T extends MachineTypes> {
  readonly #options: MachineRuntimeOptions<T>
  readonly #state: T['state']
  readonly #timers: KeyedTimers<T['timer']>
  readonly #appends: AppendQueue
  readonly #waiting = new Map<RequestId, Waiting<T>>()
  readonly #waitingMarkers = new Set<(errorCode: ErrorCode) => void>()
  #lastRequest = 0
  #phase: 'loading' | 'active' | 'closed' = 'loading'
  #loaded: Promise<unknown> = Promise.resolve()

  constructor(options: MachineRuntimeOptions<T>) {
    const { machine, log, partition, clock, appendTimeoutMs, maxBatchBytes, codec } = options
    this.#options = options
    this.#state = machine.createState()
    // Also while the last groups are loading: a session that ends then must not be forgotten.
    this.#timers = new KeyedTimers(clock, timer => this.#process(timer))
    const timeoutMs = appendTimeoutMs
    this.#appends = new AppendQueue({ log, partition, clock, timeoutMs, maxBatchBytes, codec })
  }

  /** Why it cannot be asked now; NONE when it can. */
  get unavailable(): ErrorCode {
    switch (this.#phase) {
      case 'loading':
        return ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
      case 'active':
        return ErrorCode.NONE
      case 'closed':
        return ErrorCode.NOT_COORDINATOR
    }
  }

  /** What may be read when `unavailable` is NONE; nobody but the machine writes it. */
  get state(): T['state'] {
    return this.#state
  }

  /** Asks the machine. The question is made with the name under which its answer may come later. */
  ask(questionOf: (request: RequestId) => T['question']): Promise<T['reply']> {
    const { machine } = this.#options
    const request = ++this.#lastRequest
    const question = questionOf(request)
    if (this.#phase !== 'active') {
      return Promise.resolve(machine.refuse(question, this.unavailable))
    }
    if (this.#waiting.size >= (this.#options.maxWaiting ?? DEFAULT_MAX_WAITING)) {
      return Promise.resolve(machine.refuse(question, ErrorCode.COORDINATOR_NOT_AVAILABLE))
    }
    return new Promise(resolve => {
      this.#waiting.set(request, { question, answer: resolve })
      this.#process(question, request)
    })
  }

  /** Tells the machine something that nobody waits for; lost on a machine that is not active. */
  tell(event: T['event']): void {
    if (this.#phase === 'active') this.#process(event)
  }

  /**
   * Reads the log and begins, once. Resolves when questions are answered, with what it took; or with
   * nothing, when closed before that.
   */
  load(): Promise<Loaded | undefined> {
    const loading = this.#load()
    this.#loaded = loading
    return loading
  }

  /** Resolves when `load` does. */
  async loaded(): Promise<void> {
    await this.#loaded
  }

  async #load(): Promise<Loaded | undefined> {
    const { clock, logger, partition } = this.#options
    const startMs = clock.monotonicMs()
    try {
      const isCancelled = (): boolean => this.#phase === 'closed'
      const counts = await replay({ ...this.#options, state: this.#state, isCancelled })
      await this.#begin()
      if (this.#phase === 'closed') return undefined
      return { timeMs: Math.round(clock.monotonicMs() - startMs), ...counts }
    } catch (error) {
      if (!(error instanceof StorageError || error instanceof ProtocolError)) throw error
      // The log directory goes offline and takes the leadership with it; until then nothing is served.
      logger.error('cannot load partition', { partition, error: error.message })
      this.close()
      return undefined
    }
  }

  async #begin(): Promise<void> {
    const { machine, clock } = this.#options
    let count = 0
    for (const event of [...machine.loadedEvents(this.#state)]) {
      if (this.#phase === 'closed') return
      this.#process(event)
      count += 1
      if (count % EVENTS_PER_TURN === 0) await nextTurn(clock)
    }
    if (this.#phase === 'loading') this.#phase = 'active'
  }

  /** Gives the partition up: whoever waits is told to look for the new coordinator. */
  close(): void {
    this.#phase = 'closed'
    this.#timers.clear()
    this.#appends.close()
    for (const { question, answer } of this.#waiting.values()) {
      answer(this.#options.machine.refuse(question, ErrorCode.NOT_COORDINATOR))
    }
    this.#waiting.clear()
    for (const resolve of this.#waitingMarkers) resolve(ErrorCode.NOT_LEADER_OR_FOLLOWER)
    this.#waitingMarkers.clear()
  }

  /**
   * Writes the marker that ends a producer's transaction in this partition, behind all that was
   * decided before it, and lets the machine know when it is durable.
   *
   * @returns NOT_LEADER_OR_FOLLOWER where the partition is not served, else what the log says
   */
  endTransaction(marker: EndTxnMarkerOptions): Promise<ErrorCode> {
    if (this.#phase !== 'active') return Promise.resolve(ErrorCode.NOT_LEADER_OR_FOLLOWER)
    const { machine } = this.#options
    return new Promise(resolve => {
      this.#waitingMarkers.add(resolve)
      this.#appends.pushBatch(buildEndTxnMarker(marker), ({ errorCode, logOffsets }) => {
        const isCommitted = marker.type === ControlRecordType.COMMIT
        const record = machine.transactionEnd(marker.producerId, isCommitted)
        if (errorCode === ErrorCode.NONE && record !== undefined) {
          machine.apply(this.#state, record, logOffsets[0] ?? -1)
        }
        this.#waitingMarkers.delete(resolve)
        resolve(errorCode)
      })
    })
  }

  /** Resolves when the log has answered everything it was given so far. */
  settled(): Promise<void> {
    return this.#appends.settled()
  }

  #process(event: T['event'], request?: RequestId): void {
    const { machine, clock } = this.#options
    const nowMs = clock.wallMs()
    const decision = machine.decide(this.#state, event, nowMs)
    for (const transition of decision.transitions) machine.apply(this.#state, transition, -1)
    for (const effect of decision.effects) this.#perform(effect)
    if (decision.records.length === 0) this.#conclude(decision, request)
    else this.#store(decision, nowMs, request)
  }

  #store(decision: Decision<T>, nowMs: number, request: RequestId | undefined): void {
    const { machine } = this.#options
    const encoded = decision.records.map(record => machine.encode(record))
    const { producer } = decision
    const records = { records: encoded, timestampMs: nowMs, producer }
    this.#appends.push(records, ({ errorCode, logOffsets }) => {
      if (errorCode !== ErrorCode.NONE) {
        this.#lose(decision, errorCode, request)
        return
      }
      decision.records.forEach((record, index) =>
        machine.apply(this.#state, record, logOffsets[index] ?? -1),
      )
      this.#conclude(decision, request)
      if (this.#options.onApplied !== undefined) decision.records.forEach(this.#options.onApplied)
    })
  }

  #conclude(decision: Decision<T>, request: RequestId | undefined): void {
    this.#reply(decision, request)
    if (decision.stored !== undefined) this.#process(decision.stored, request)
  }

  #lose(decision: Decision<T>, errorCode: ErrorCode, request: RequestId | undefined): void {
    const { machine, logger, partition } = this.#options
    logger.warn('records could not be stored', { partition, errorCode })
    if (decision.lost === undefined) this.#reply(decision, request)
    else this.#process(machine.lostEvent(decision.lost, errorCode), request)
  }

  #reply(decision: Decision<T>, request: RequestId | undefined): void {
    if (decision.reply !== undefined && request !== undefined) this.#answer(request, decision.reply)
  }

  #answer(request: RequestId, reply: T['reply']): void {
    this.#waiting.get(request)?.answer(reply)
    this.#waiting.delete(request)
  }

  #perform(effect: Effect<T>): void {
    const { machine, logger } = this.#options
    switch (effect.type) {
      case 'answer':
        this.#answer(effect.request, effect.reply)
        return
      case 'arm':
        this.#timers.arm(machine.timerKey(effect.timer), effect.timer, effect.delayMs)
        return
      case 'disarm':
        this.#timers.disarm(machine.timerKey(effect.timer))
        return
      case 'perform':
        this.#options.perform?.(effect.action)
        return
      case 'log':
        logger[effect.level](effect.event, effect.fields)
    }
  }
}
