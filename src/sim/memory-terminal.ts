/** A terminal that keeps what is written, types what it is given, and is interrupted on command. */
import type { Terminal, TerminalOutput, TerminalSignal } from '../host/index.ts'

class MemoryOutput implements TerminalOutput {
  isTTY = false
  isBroken = false
  #chunks: Buffer[] = []

  write(chunk: string | Buffer): void {
    if (!this.isBroken) this.#chunks.push(Buffer.from(chunk))
  }

  drained(): Promise<void> {
    return Promise.resolve()
  }

  flushed(): Promise<void> {
    return Promise.resolve()
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString()
  }
}

export class MemoryTerminal implements Terminal {
  readonly stdout = new MemoryOutput()
  readonly stderr = new MemoryOutput()
  readonly stdin: Terminal['stdin']
  readonly #signals = new AbortController()

  constructor(input: readonly (string | Buffer)[] = []) {
    this.stdin = {
      isTTY: false,

      async *[Symbol.asyncIterator]() {
        for (const chunk of input) yield Buffer.from(chunk)
      },
    }
  }

  takeSignals(): AbortSignal {
    return this.#signals.signal
  }

  interrupt(signal: TerminalSignal): void {
    this.#signals.abort(signal)
  }
}
