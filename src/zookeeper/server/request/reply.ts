/** Answers, ready to be written: an error code and, when there is something to say, a record. */
import { Writer } from '../../../bytes/index.ts'
import type { Message, MessageInput } from '../../../protocol/index.ts'
import {
  Create2Response,
  EventType,
  KeeperState,
  OpCode,
  PathResponse,
  ReplyHeader,
  StatResponse,
  WatcherEvent,
  writeMultiResponse,
  writeRecord,
  Xid,
  ZkErrorCode,
  type MultiResult,
} from '../../wire/index.ts'
import type { Applied } from '../tree/data-tree.ts'

/** Writes what follows the header. */
export type WriteBody = (writer: Writer) => void

export interface Reply {
  error: number
  body?: WriteBody
  /** What the asker is told before the answer. */
  events?: readonly { type: EventType; path: string }[]
}

export function refuse(error: number): Reply {
  return { error }
}

export function answer<M extends Message>(description: M, value: MessageInput<M>): Reply {
  return { error: ZkErrorCode.OK, body: writer => writeRecord(description, writer, value) }
}

/** The answer to a change that was applied. */
export function replyTo(applied: Applied): Reply {
  const { type, error, path = null, stat, results } = applied
  if (type === OpCode.multi) {
    const shown = (results ?? []).map(resultOf)
    // The errors are inside: the header of a multi that was refused says OK.
    return { error: ZkErrorCode.OK, body: writer => writeMultiResponse(writer, shown) }
  }
  if (error !== ZkErrorCode.OK) return refuse(error)
  if (type === OpCode.create) return answer(PathResponse, { path })
  if (stat === undefined) return { error }
  return path !== null && isCreate(type)
    ? answer(Create2Response, { path, stat })
    : answer(StatResponse, { stat })
}

/** Header and body as one frame, its length in front. */
export function frameOf(header: { xid: number; zxid: bigint }, reply: Reply): Buffer {
  const writer = new Writer()
  const length = writer.reserveInt32()
  writeRecord(ReplyHeader, writer, { ...header, err: reply.error })
  reply.body?.(writer)
  writer.patchInt32(length, writer.sizeBytes - 4)
  return writer.finish()
}

/** The frame that tells a client of an event. */
export function eventFrame(type: EventType, path: string): Buffer {
  const event = { type, state: KeeperState.SYNC_CONNECTED, path }
  return frameOf({ xid: Xid.watchEvent, zxid: -1n }, answer(WatcherEvent, event))
}

function resultOf(applied: Applied): MultiResult {
  const { type, error, path = '', stat } = applied
  if (type === OpCode.check) return { type }
  if (type === OpCode.delete || type === OpCode.deleteContainer) return { type: OpCode.delete }
  if (type === OpCode.create) return { type, path }
  if (stat === undefined) return { type: OpCode.error, err: error }
  return type === OpCode.setData ? { type, stat } : { type: OpCode.create2, path, stat }
}

function isCreate(type: OpCode): boolean {
  return type === OpCode.create2 || type === OpCode.createContainer || type === OpCode.createTTL
}
