/**
 * The terminal or the pipes of this process. Output goes through the thread pool: a reader who
 * stops reading (`| less`) must not stop heartbeats, and a process that ends waits for `flushed`.
 */
import { write } from 'node:fs'
import { isatty } from 'node:tty'
import type { Terminal, TerminalOutput, TerminalSignal } from '../terminal.ts'

/** Above it, writers should wait. */
const HIGH_WATER_BYTES = 256 * 1024
/** Pause when a non-blocking pipe is full. */
const FULL_PAUSE_MS = 2

type Done = (error: NodeJS.ErrnoException | null, written: number) => void
/** As `fs.write`. */
export type WriteBytes = (fd: number, bytes: Buffer, done: Done) => void

export class DescriptorOutput implements TerminalOutput {
  readonly isTTY: boolean
  readonly #fd: number
  readonly #write: WriteBytes
  #queue: Buffer[] = []
  #queuedBytes = 0
  #isWriting = false
  #isBroken = false
  #waiting: { belowBytes: number; resolve: () => void }[] = []

  constructor(fd: number, writeBytes: WriteBytes = write) {
    this.#fd = fd
    this.#write = writeBytes
    this.isTTY = isatty(fd)
  }

  get isBroken(): boolean {
    return this.#isBroken
  }

  write(chunk: string | Buffer): void {
    if (this.#isBroken || chunk.length === 0) return
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    this.#queue.push(bytes)
    this.#queuedBytes += bytes.length
    if (!this.#isWriting) this.#writeNext()
  }

  drained(): Promise<void> {
    return this.#below(HIGH_WATER_BYTES)
  }

  flushed(): Promise<void> {
    return this.#below(1)
  }

  #below(belowBytes: number): Promise<void> {
    if (this.#queuedBytes < belowBytes) return Promise.resolve()
    return new Promise(resolve => this.#waiting.push({ belowBytes, resolve }))
  }

  /** All that waits leaves in one call. */
  #writeNext(): void {
    const [first] = this.#queue
    this.#isWriting = first !== undefined
    if (first === undefined) return
    const bytes = this.#queue.length === 1 ? first : Buffer.concat(this.#queue)
    this.#queue = [bytes]
    this.#write(this.#fd, bytes, (error, written) => this.#wrote(error, bytes, written))
  }

  #wrote(error: NodeJS.ErrnoException | null, bytes: Buffer, written: number): void {
    if (error?.code === 'EAGAIN') {
      setTimeout(() => this.#writeNext(), FULL_PAUSE_MS)
      return
    }
    if (error !== null) this.#break()
    else this.#taken(bytes, written)
    const { length } = this.#waiting
    if (length > 0) this.#wake()
    if (!this.#isBroken) this.#writeNext()
  }

  #taken(bytes: Buffer, written: number): void {
    this.#queuedBytes -= written
    if (written < bytes.length) this.#queue[0] = bytes.subarray(written)
    else this.#queue.shift()
  }

  #break(): void {
    this.#isBroken = true
    this.#isWriting = false
    this.#queue = []
    this.#queuedBytes = 0
  }

  #wake(): void {
    const ready = this.#waiting.filter(one => this.#queuedBytes < one.belowBytes)
    this.#waiting = this.#waiting.filter(one => this.#queuedBytes >= one.belowBytes)
    for (const { resolve } of ready) resolve()
  }
}

/** Standard input is opened when somebody reads it. */
export function nodeTerminal(): Terminal {
  return {
    stdin: {
      isTTY: isatty(0),
      [Symbol.asyncIterator]: () => process.stdin[Symbol.asyncIterator]() as AsyncIterator<Buffer>,
    },
    stdout: new DescriptorOutput(1),
    stderr: new DescriptorOutput(2),
    takeSignals,
  }
}

function takeSignals(): AbortSignal {
  const controller = new AbortController()
  const signals: readonly TerminalSignal[] = ['SIGINT', 'SIGTERM']
  for (const signal of signals) process.on(signal, () => controller.abort(signal))
  return controller.signal
}
