/** Records for readers that do not know today's format: converted in memory, bounded by what one fetch may carry. */
import { ProtocolError, type ByteRange, type Part } from '../bytes/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import { convertDown } from '../records/index.ts'

export interface ReaderFormat {
  /** The newest format that the reader knows. */
  readonly magic: 0 | 1 | 2
  /** False for a topic whose records are all compressed as the reader cannot know. */
  readonly knowsCodec: boolean
  readonly firstOffset: number
  /** Whether the topic's records may be converted at all. */
  readonly isAllowed: boolean
}

export interface Converted {
  readonly errorCode: ErrorCode
  readonly records: readonly Part[]
  readonly sizeBytes: number
}

/** Takes over `range`: it is released, or part of the result. */
export function forReader(
  range: ByteRange,
  { magic, knowsCodec, firstOffset, isAllowed }: ReaderFormat,
): Converted {
  if (!knowsCodec) {
    range.release()
    return refused(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE)
  }
  if (range.sizeBytes === 0 || magic === 2) {
    return { errorCode: ErrorCode.NONE, records: [range], sizeBytes: range.sizeBytes }
  }
  if (!isAllowed) {
    range.release()
    return refused(ErrorCode.UNSUPPORTED_VERSION)
  }
  const bytes = Buffer.allocUnsafe(range.sizeBytes)
  const read = range.read(bytes, 0)
  range.release()
  return convert(bytes.subarray(0, read), magic, firstOffset)
}

function convert(bytes: Buffer, magic: 0 | 1, firstOffset: number): Converted {
  try {
    const pieces = convertDown(bytes, { toMagic: magic, firstOffset })
    if (pieces === undefined) return refused(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE)
    const sizeBytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
    return { errorCode: ErrorCode.NONE, records: pieces, sizeBytes }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return refused(ErrorCode.CORRUPT_MESSAGE)
  }
}

function refused(errorCode: ErrorCode): Converted {
  return { errorCode, records: [], sizeBytes: 0 }
}
