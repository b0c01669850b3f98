/**
 * What a decision machine must offer to be run, and what its decisions are made
 * of. Groups and transactions are such machines; each partition of their topic has one.
 */
import type { ErrorCode } from '../protocol/index.ts'

/** Names a question whose answer may come later. */
export type RequestId = number

/** The types of one machine, in a bundle. */
export interface MachineTypes {
  readonly state: unknown
  readonly event: unknown
  /** The events that somebody waits to have answered. */
  readonly question: unknown
  readonly reply: unknown
  readonly record: unknown
  readonly transition: unknown
  /** Events that come when a timer ends. */
  readonly timer: unknown
  /** Events that come when records could not be stored, without the error. */
  readonly lost: unknown
  /** What is done elsewhere on behalf of the machine; `never` where there is nothing of the kind. */
  readonly action: unknown
}

/** Whose transaction records belong to: they count once it is committed (KIP-98). */
export interface Producer {
  readonly producerId: number
  readonly producerEpoch: number
}

/**
 * Order: transitions are applied and effects done at once; records are appended; when they are
 * durable they are applied, the reply goes out and `stored` is decided. When they cannot be made
 * durable `lost` is decided instead; without one the reply goes out all the same.
 */
export interface Decision<T extends MachineTypes> {
  readonly reply?: T['reply']
  readonly transitions: readonly T['transition'][]
  readonly records: readonly T['record'][]
  /** Given: the records are part of its transaction. */
  readonly producer?: Producer
  readonly effects: readonly Effect<T>[]
  readonly stored?: T['event']
  readonly lost?: T['lost']
}

export type Effect<T extends MachineTypes> =
  | { readonly type: 'answer'; readonly request: RequestId; readonly reply: T['reply'] }
  | { readonly type: 'arm'; readonly timer: T['timer']; readonly delayMs: number }
  | { readonly type: 'disarm'; readonly timer: T['timer'] }
  | { readonly type: 'perform'; readonly action: T['action'] }
  | {
      readonly type: 'log'
      readonly level: 'debug' | 'info' | 'warn'
      readonly event: string
      readonly fields: Readonly<Record<string, unknown>>
    }

/** A record as it lies in the log. */
export interface StoredRecord {
  readonly key: Buffer | null
  /** Null is a tombstone. */
  readonly value: Buffer | null
  /** Of the producer whose transaction it belongs to. */
  readonly producerId?: number
}

export interface Machine<T extends MachineTypes> {
  createState(): T['state']
  decide(state: T['state'], event: T['event'], nowMs: number): Decision<T>
  /** @param logOffset of the record; -1 for a transition */
  apply(state: T['state'], change: T['record'] | T['transition'], logOffset: number): void
  /** The answer when no decision can be made: still loading, not the coordinator, too much to do. */
  refuse(question: T['question'], errorCode: ErrorCode): T['reply']
  lostEvent(lost: T['lost'], errorCode: ErrorCode): T['event']
  /** What has to be decided once the log has been read, before anybody may ask. */
  loadedEvents(state: T['state']): Iterable<T['event']>
  /** Two timers with the same key are one. */
  timerKey(timer: T['timer']): string
  encode(record: T['record']): { readonly key: Buffer; readonly value: Buffer | null }
  /**
   * The record, or undefined for one of a kind that is not known: left there by a newer release.
   * Keeps no view of the bytes, which belong to the reader of the log.
   *
   * @throws ProtocolError when the bytes are not what their version promises
   */
  decode(stored: StoredRecord): T['record'] | undefined
  /** The record for a marker that ends a producer's transaction in this partition; undefined where none is of interest. */
  transactionEnd(producerId: number, isCommitted: boolean): T['record'] | undefined
}
