/** Records for readers that do not know today's format: converted in memory, bounded by what one fetch may carry. */
import { CompressionCodec, ProtocolError, type ByteRange, type Part } from '../bytes/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import { batchesIn, convertDown } from '../records/index.ts'

export interface ReaderFormat {
  /** The newest format that the reader knows. */
  readonly magic: 0 | 1 | 2
  readonly readsZstd: boolean
  readonly firstOffset: number
}

export interface Converted {
  readonly errorCode: ErrorCode
  readonly records: readonly Part[]
  readonly sizeBytes: number
}

/** Takes over `range`: it is released, or part of the result. */
export function forReader(
  range: ByteRange,
  { magic, readsZstd, firstOffset }: ReaderFormat,
): Converted {
  if (range.sizeBytes === 0 || (magic === 2 && readsZstd)) {
    return { errorCode: ErrorCode.NONE, records: [range], sizeBytes: range.sizeBytes }
  }
  const bytes = Buffer.allocUnsafe(range.sizeBytes)
  const read = range.read(bytes, 0)
  range.release()
  return convert(bytes.subarray(0, read), magic, firstOffset)
}

function convert(bytes: Buffer, magic: 0 | 1 | 2, firstOffset: number): Converted {
  try {
    const pieces =
      magic === 2 ? withoutZstd(bytes) : convertDown(bytes, { toMagic: magic, firstOffset })
    if (pieces === undefined) return refused(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE)
    const sizeBytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
    return { errorCode: ErrorCode.NONE, records: pieces, sizeBytes }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return refused(ErrorCode.CORRUPT_MESSAGE)
  }
}

/** Batches as they are, unless one is compressed as the reader cannot know (KIP-110). */
function withoutZstd(bytes: Buffer): Buffer[] | undefined {
  for (const { info } of batchesIn(bytes))
    if (info.codec === CompressionCodec.ZSTD) return undefined
  return [bytes]
}

function refused(errorCode: ErrorCode): Converted {
  return { errorCode, records: [], sizeBytes: 0 }
}
