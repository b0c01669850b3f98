/** A failure whose message says all, so that no stack trace follows (Kafka's TerseException). */
export class PlainError extends Error {
  override readonly name = 'PlainError'
  readonly code = 'PLAIN'
}
