import { ProtocolError } from '../protocol-error.ts'
import { CodecUnavailableError } from './native.ts'

/** Libraries give all of their output at once: up to this size they are asked for it. */
export const MAX_PIECE_BYTES = 16 * 1024 * 1024

/** Thrown before memory is taken for output beyond what the caller allows. */
export function overLimit(codec: string, maxBytes: number): ProtocolError {
  return new ProtocolError(`${codec} data decompresses to more than ${maxBytes} bytes`)
}

/** What a library says about broken input, in the one error that callers handle. */
export function brokenInput(codec: string, cause: unknown): Error {
  if (cause instanceof CodecUnavailableError) return cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new ProtocolError(`broken ${codec} data: ${reason}`, undefined, cause)
}

/** Hands on `pieces` until there are more than `maxBytes`. */
export function* limited(
  codec: string,
  pieces: Iterable<Buffer>,
  maxBytes: number,
): Generator<Buffer, void, undefined> {
  let left = maxBytes
  for (const piece of pieces) {
    left -= piece.length
    if (left < 0) throw overLimit(codec, maxBytes)
    yield piece
  }
}
