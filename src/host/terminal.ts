/** What a command-line program reads from, writes to and is interrupted by. */

/** Standard input as it arrives, in chunks of any size. */
export interface TerminalInput extends AsyncIterable<Buffer> {
  /** A person types it. */
  readonly isTTY: boolean
}

/** Keeps the order of what is written; `write` never waits, so await `drained()` where much may come. */
export interface TerminalOutput {
  readonly isTTY: boolean
  /** Nobody reads it any more: what is written is dropped. */
  readonly isBroken: boolean
  write(chunk: string | Buffer): void
  /** Resolves when little enough waits for the reader to write on. */
  drained(): Promise<void>
  /** Resolves when nothing waits any more. */
  flushed(): Promise<void>
}

export type TerminalSignal = 'SIGINT' | 'SIGTERM'

export interface Terminal {
  readonly stdin: TerminalInput
  readonly stdout: TerminalOutput
  readonly stderr: TerminalOutput
  /** From now on signals do not end the process but abort what this returns; `reason` names the signal. */
  takeSignals(): AbortSignal
}
