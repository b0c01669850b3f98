/** Errors that came to a tool through futures of Java's, whose wrapping it prints. */
import { messageOf, ToolError } from '../java-text.ts'

/** How often Java wraps an error on its way differs by the call, and shows. */
export class WrappedError extends Error {
  override readonly name = 'WrappedError'
  readonly code = 'WRAPPED_ERROR'
  readonly times: 1 | 2

  constructor(times: 1 | 2, cause: unknown) {
    super(messageOf(cause), { cause })
    this.times = times
  }
}

/** Gives errors of `promise` the wrapping that they have in Java. */
export async function wrapped<T>(times: 1 | 2, promise: Promise<T>): Promise<T> {
  try {
    return await promise
  } catch (error) {
    throw error instanceof ToolError ? error : new WrappedError(times, error)
  }
}
