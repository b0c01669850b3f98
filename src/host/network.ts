/**
 * Byte streams between processes. A connection hands out what it received in a buffer that it
 * reuses: the bytes are valid only until the callback returns, so a reader copies what it keeps.
 */

export interface ConnectionEvents {
  /** `chunk` is a view on a shared receive buffer, valid only until this returns. */
  onBytes(chunk: Buffer): void
  /** All that was written has left for the kernel, after a time when `queuedBytes` was not 0. */
  onDrain?(): void
  /**
   * The peer will send nothing more, but may still read (a TCP half-close): answer what is open,
   * then `end()`. Without this callback the connection ends itself once what is queued was sent.
   */
  onEnd?(): void
  /** Called once; with an error when the peer or the network broke it off. */
  onClose(error?: Error): void
}

export interface Connection {
  readonly remoteHost: string
  readonly remotePort: number
  readonly localHost: string
  readonly localPort: number
  /** Bytes written that the kernel has not taken yet. */
  readonly queuedBytes: number
  /** Must be called once, in the turn in which the connection is received. */
  start(events: ConnectionEvents): void
  /** Queues `bytes`, which the caller must not change any more. */
  write(bytes: Buffer): void
  /** Writes between `cork` and `uncork` leave in one system call. */
  cork(): void
  uncork(): void
  pauseReading(): void
  resumeReading(): void
  /** Closes after what is queued was sent. No `onBytes` after it. A peer that never reads can delay it without end. */
  end(): void
  /** Closes at once, and forgets what is queued. No `onBytes` after it. */
  destroy(): void
}

export interface Listener {
  readonly host: string
  /** The port in use: the one asked for, or the one the system chose for 0. */
  readonly port: number
  /** Stops accepting. Connections live on. */
  close(): Promise<void>
}

export interface Network {
  /** The name by which other machines can find this one; `localhost` when it has none that resolves. */
  ownName(): Promise<string>
  /** Whether a name or an address leads anywhere: false for what the system's resolver does not know. */
  isKnown(host: string): Promise<boolean>
  /** @throws NetworkError with code EADDRINUSE, EACCES, EADDRNOTAVAIL, ENOTFOUND. `host` undefined or '' means all addresses. */
  listen(options: {
    host?: string | undefined
    port: number
    /** Connections the kernel holds until they are accepted (`socket.listen.backlog.size`). */
    backlog?: number | undefined
    onConnection: (connection: Connection) => void
    /** One connection could not be accepted, e.g. EMFILE; listening goes on. */
    onAcceptError?: ((error: NetworkError) => void) | undefined
  }): Promise<Listener>
  /** @throws NetworkError, also when `timeoutMs` passes or `signal` aborts first. */
  connect(options: {
    host: string
    port: number
    timeoutMs: number
    signal?: AbortSignal
  }): Promise<Connection>
}

/** A lost, refused or silent peer. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError'
  readonly code: string
  readonly retriable: boolean

  constructor(message: string, options: { code: string; retriable?: boolean; cause?: unknown }) {
    super(message, { cause: options.cause })
    this.code = options.code
    this.retriable = options.retriable ?? true
  }
}
