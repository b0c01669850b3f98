/**
 * Bytes that stay where they are (a range of a file) until the socket can take them: what a
 * response carries instead of a copy, so that many slow readers of large fetches cost no memory.
 */
export interface ByteRange {
  readonly sizeBytes: number
  /** Reads up to `target.length` bytes from `position` of the range; fewer only at its end. @returns bytes read */
  read(target: Buffer, position: number): number
  /** Called exactly once, when the bytes are no longer needed. */
  release(): void
}

/** A piece of an outgoing message: at hand, or to be read when its turn comes. */
export type Part = Buffer | ByteRange

export function sizeOfPart(part: Part): number {
  return Buffer.isBuffer(part) ? part.length : part.sizeBytes
}
