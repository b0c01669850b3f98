/** Why stored bytes cannot be read, in the words of Java's buffers and of Kafka's message classes. */
import { ProtocolError } from '../../bytes/index.ts'
import { messageOf, ToolError } from '../java-text.ts'

/** Sizes of numbers: Java's buffers say nothing more when one of them is cut. */
const NUMBER_BYTES = [1, 2, 4, 8]
const NOTHING = 'null'

/** `null` where Java has no message. */
export function readProblem(error: unknown): string {
  if (!(error instanceof ProtocolError))
    return error instanceof RangeError ? NOTHING : messageOf(error)
  const [, wanted, left] = /(\d+) bytes wanted, (\d+) left$/.exec(error.reason) ?? []
  if (wanted !== undefined) {
    return NUMBER_BYTES.includes(Number(wanted))
      ? NOTHING
      : `Error reading byte array of ${wanted} byte(s): only ${left} byte(s) available`
  }
  const [, field] = /(?:^|[ .])(\w+) is null$/.exec(error.reason) ?? []
  return field === undefined ? error.reason : `non-nullable field ${field} was serialized as null`
}

/** What ends the tool when it reads such bytes unguarded. */
export function readFailure(error: unknown): ToolError {
  if (error instanceof ToolError) return error
  const problem = readProblem(error)
  return problem === NOTHING
    ? new ToolError('java.nio.BufferUnderflowException', '', error)
    : new ToolError('java.lang.RuntimeException', problem, error)
}
