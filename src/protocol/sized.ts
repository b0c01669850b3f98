/**
 * Strings, bytes and record batches: a length, then the bytes. The length is compact in flexible
 * versions (KIP-482), else an int16 for strings and an int32 for the others.
 */
import { ProtocolError, sizeOfPart, type Part } from '../bytes/index.ts'
import {
  checkNull,
  checkNullToWrite,
  compactLength,
  int16Length,
  int32Length,
  type Length,
} from './length.ts'
import type { Context, Type, ValueCodec } from './type.ts'

/** Kafka allows no longer string, compact or not. */
const MAX_STRING_BYTES = 0x7fff

/** UTF-8 with a length of the given forms: what `string` is, open for other wire formats. */
export function stringType(name: string, plain: Length, maxSizeBytes: number): Type<string> {
  return {
    kind: 'type',
    name,
    compile: context =>
      stringCodec(context, context.isFlexible ? compactLength : plain, maxSizeBytes),
  }
}

/**
 * UTF-8 of at most 32,767 bytes. Bytes that are no UTF-8 become U+FFFD, as in Kafka: such a topic is
 * answered as an invalid name, and the connection stays.
 */
export const string = stringType('string', int16Length, MAX_STRING_BYTES)

/** Bytes that may be kept: reading copies them out of the frame. */
export const bytes: Type<Buffer> = {
  kind: 'type',
  name: 'bytes',
  compile: context => {
    const length = lengthOfBytes(context)
    const codec: ValueCodec<Buffer | null> = {
      leastSizeBytes: length.sizeBytes,
      zero: NO_BYTES,
      isZero: value => value?.length === 0,
      read: reader => {
        const sizeBytes = length.read(reader)
        if (sizeBytes < 0) return checkNull(sizeBytes, context, reader)
        return sizeBytes === 0 ? NO_BYTES : Buffer.from(reader.slice(sizeBytes))
      },
      write: (writer, value) => {
        if (value === null) {
          checkNullToWrite(context)
          length.write(writer, -1)
        } else {
          length.write(writer, value.length)
          writer.bytes(value)
        }
      },
    }
    return codec
  },
}

/** Record batches to write: one piece, or several that follow each other. */
export type RecordsInput = Part | readonly Part[]

/**
 * Record batches, never copied. Reading gives a view of the frame: valid only until the handler
 * first awaits, because the receive buffer is used again. Writing attaches the pieces by reference.
 */
export const records: Type<Buffer, RecordsInput> = {
  kind: 'type',
  name: 'records',
  compile: context => {
    const length = lengthOfBytes(context)
    const codec: ValueCodec<Buffer | null, RecordsInput | null> = {
      leastSizeBytes: length.sizeBytes,
      // As in Kafka: no records are null, also where a version does not allow to write that.
      zero: null,
      isZero: value => value === null,
      read: reader => {
        const sizeBytes = length.read(reader)
        return sizeBytes < 0 ? checkNull(sizeBytes, context, reader) : reader.slice(sizeBytes)
      },
      write: (writer, value) => {
        if (value === null) {
          checkNullToWrite(context)
          length.write(writer, -1)
          return
        }
        const parts = isPart(value) ? [value] : value
        length.write(
          writer,
          parts.reduce((sum, part) => sum + sizeOfPart(part), 0),
        )
        for (const part of parts) writer.attach(part)
      },
    }
    return codec
  },
}

const NO_BYTES = Buffer.alloc(0)

function stringCodec(
  context: Context,
  length: Length,
  maxSizeBytes: number,
): ValueCodec<string | null> {
  return {
    leastSizeBytes: length.sizeBytes,
    zero: '',
    isZero: value => value === '',
    read: reader => {
      const sizeBytes = length.read(reader)
      if (sizeBytes < 0) return checkNull(sizeBytes, context, reader)
      if (sizeBytes > maxSizeBytes) throw tooLong(context, sizeBytes, maxSizeBytes)
      return reader.utf8(sizeBytes)
    },
    write: (writer, value) => {
      if (value === null) {
        checkNullToWrite(context)
        length.write(writer, -1)
        return
      }
      const sizeBytes = Buffer.byteLength(value)
      if (sizeBytes > maxSizeBytes) throw tooLong(context, sizeBytes, maxSizeBytes)
      length.write(writer, sizeBytes)
      writer.utf8(value, sizeBytes)
    },
  }
}

function tooLong(context: Context, sizeBytes: number, maxSizeBytes: number): ProtocolError {
  return new ProtocolError(
    `${context.path} is a string of ${sizeBytes} bytes: at most ${maxSizeBytes}`,
  )
}

function lengthOfBytes(context: Context): Length {
  return context.isFlexible ? compactLength : int32Length
}

function isPart(value: RecordsInput): value is Part {
  return 'length' in value ? Buffer.isBuffer(value) : true
}
