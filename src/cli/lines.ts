/** Lines of standard input, as Java's BufferedReader reads them: \n, \r and \r\n end a line. */
import { ToolError } from './java-text.ts'

/** Longer than any record that a broker would take; a bound before memory is taken. */
const MAX_LINE_BYTES = 256 * 1024 * 1024
const [LF, CR] = [0x0a, 0x0d]

/**
 * A last line without an end counts. `beforeRead` is called before each line, and before the end:
 * where a prompt belongs.
 *
 * @throws ToolError for a line of more than 256 MiB
 */
export async function* linesOf(
  input: AsyncIterable<Buffer>,
  beforeRead: () => void,
): AsyncGenerator<string> {
  const splitter = new LineSplitter()
  beforeRead()
  for await (const chunk of input) {
    for (const line of splitter.take(chunk)) {
      yield line
      beforeRead()
    }
  }
  const last = splitter.rest()
  if (last === null) return
  yield last
  beforeRead()
}

class LineSplitter {
  #pending: Buffer[] = []
  #pendingBytes = 0
  #wasCarriageReturn = false

  /** What came after the last line's end; `null` when nothing did. */
  rest(): string | null {
    if (this.#pendingBytes === 0) return null
    const line = Buffer.concat(this.#pending).toString()
    this.#pending = []
    this.#pendingBytes = 0
    return line
  }

  *take(chunk: Buffer): Generator<string> {
    let start = 0
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at]
      const isSecondHalf = byte === LF && this.#wasCarriageReturn
      this.#wasCarriageReturn = byte === CR
      if (isSecondHalf) start = at + 1
      else if (byte === LF || byte === CR) {
        yield this.#line(chunk.subarray(start, at))
        start = at + 1
      }
    }
    this.#keep(chunk.subarray(start))
  }

  #line(end: Buffer): string {
    if (this.#pending.length === 0) return end.toString()
    this.#keep(end)
    return this.rest() ?? ''
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#pendingBytes += bytes.length
    if (this.#pendingBytes > MAX_LINE_BYTES) {
      throw new ToolError(
        'java.io.IOException',
        `a line must have at most ${MAX_LINE_BYTES} bytes, got ${this.#pendingBytes} without an end`,
      )
    }
    this.#pending.push(bytes)
  }
}
