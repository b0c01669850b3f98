import { ProtocolError } from '../protocol-error.ts'
import { CodecUnavailableError } from './native.ts'

/** gzip and zstd come out of their libraries in one piece: no more than this at once. */
export const MAX_PIECE_BYTES = 64 * 1024 * 1024

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
