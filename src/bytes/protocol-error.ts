/** Bytes that are not what their format promises. `position` is where in the buffer reading stopped. */
export class ProtocolError extends Error {
  override readonly name: string = 'ProtocolError'
  readonly code = 'PROTOCOL_ERROR'
  /** The message without the position. */
  readonly reason: string
  readonly position: number | undefined

  constructor(message: string, position?: number, cause?: unknown) {
    super(position === undefined ? message : `${message} (at byte ${position})`, { cause })
    this.reason = message
    this.position = position
  }
}
