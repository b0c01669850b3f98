/**
 * Reads a file from its start through a window, and keeps the Adler-32 of all that was read: what a
 * snapshot is checked with. Sizes that it reads are believed only as far as the file is long.
 */
import { ProtocolError, Reader } from '../../../bytes/index.ts'
import type { FileHandle } from '../../../host/index.ts'
import { Adler32 } from './adler32.ts'

const WINDOW_BYTES = 256 * 1024

export class CheckedInput {
  readonly #file: FileHandle
  readonly #sizeBytes: number
  readonly #checksum = new Adler32()
  #window = Buffer.alloc(0)
  /** Next byte of the window. */
  #at = 0
  /** Where in the file the window ends. */
  #windowEnd = 0

  constructor(file: FileHandle) {
    this.#file = file
    this.#sizeBytes = file.sizeBytes()
  }

  get remaining(): number {
    return this.#sizeBytes - this.#windowEnd + (this.#window.length - this.#at)
  }

  get checksum(): number {
    return this.#checksum.value
  }

  int32(): number {
    return this.take(4).readInt32BE(0)
  }

  int64(): bigint {
    return this.take(8).readBigInt64BE(0)
  }

  /** A string that is not null. */
  text(): string {
    return this.take(this.int32()).toString('utf8')
  }

  /** A copy; null for length -1. */
  buffer(): Buffer | null {
    const length = this.int32()
    return length === -1 ? null : Buffer.from(this.take(length))
  }

  /** The next bytes as a reader for a record of a known size. */
  reader(sizeBytes: number): Reader {
    return new Reader(this.take(sizeBytes))
  }

  /** A view, valid until the next call. @throws ProtocolError when the file ends before */
  take(sizeBytes: number): Buffer {
    if (sizeBytes < 0 || sizeBytes > this.remaining) {
      const position = this.#sizeBytes - this.remaining
      throw new ProtocolError(`${sizeBytes} bytes wanted, ${this.remaining} left`, position)
    }
    if (this.#at + sizeBytes > this.#window.length) this.#fill(sizeBytes)
    const view = this.#window.subarray(this.#at, this.#at + sizeBytes)
    this.#at += sizeBytes
    this.#checksum.update(view)
    return view
  }

  #fill(sizeBytes: number): void {
    const kept = this.#window.subarray(this.#at)
    const left = this.#sizeBytes - this.#windowEnd
    const wanted = Math.min(Math.max(sizeBytes, WINDOW_BYTES) - kept.length, left)
    const window = Buffer.allocUnsafe(kept.length + wanted)
    kept.copy(window)
    let filled = kept.length
    while (filled < window.length) {
      const position = this.#windowEnd + filled - kept.length
      const read = this.#file.read(window, filled, window.length - filled, position)
      if (read === 0) throw new ProtocolError('the file ends before its size', position)
      filled += read
    }
    this.#window = window
    this.#at = 0
    this.#windowEnd += wanted
  }
}
