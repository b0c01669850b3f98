/**
 * The lengths in front of strings, bytes and arrays; -1 is null. Compact lengths are written one
 * larger, so that null is 0 (KIP-482).
 */
import { ProtocolError, type Reader, type Writer } from '../bytes/index.ts'
import type { Context } from './type.ts'

export interface Length {
  readonly sizeBytes: number
  read(reader: Reader): number
  write(writer: Writer, length: number): void
}

export const int16Length: Length = {
  sizeBytes: 2,
  read: reader => reader.int16(),
  write: (writer, length) => writer.int16(length),
}

export const int32Length: Length = {
  sizeBytes: 4,
  read: reader => reader.int32(),
  write: (writer, length) => writer.int32(length),
}

export const compactLength: Length = {
  sizeBytes: 1,
  read: reader => reader.unsignedVarint() - 1,
  write: (writer, length) => writer.unsignedVarint(length + 1),
}

/** Called with a length below zero: returns where it is a legal null. */
export function checkNull(length: number, context: Context, reader: Reader): null {
  if (length === -1 && context.isNullable) return null
  const what = length === -1 ? 'null' : `of length ${length}`
  throw new ProtocolError(`${context.path} is ${what}`, reader.position)
}

/** What a writer does with a null: allowed, or an error. */
export function checkNullToWrite(context: Context): void {
  if (context.isNullable) return
  throw new ProtocolError(`${context.path} must not be null`)
}
