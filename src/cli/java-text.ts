/** Errors as Java prints them: the class, then the message. Scripts look for both. */
import { ConfigError, InvalidConfigurationError } from '../config/index.ts'
import { OptionError } from './arguments/index.ts'

/** A failure of a tool itself, with the name that it has in Kafka. */
export class ToolError extends Error {
  override readonly name = 'ToolError'
  readonly code = 'TOOL_ERROR'
  readonly exceptionName: string

  constructor(exceptionName: string, message: string, cause?: unknown) {
    super(message, { cause })
    this.exceptionName = exceptionName
  }
}

export function illegalArgument(message: string): ToolError {
  return new ToolError('java.lang.IllegalArgumentException', message)
}

/** `org.apache.kafka.common.errors.TimeoutException: Timed out ...`; without a message the class alone. */
export function javaText(error: unknown): string {
  if (error instanceof OptionError) return error.javaText
  if (!(error instanceof Error)) return String(error)
  const name = exceptionNameOf(error)
  return error instanceof ToolError && error.message === '' ? name : `${name}: ${error.message}`
}

function exceptionNameOf(error: Error): string {
  if (error instanceof InvalidConfigurationError) {
    return 'org.apache.kafka.common.errors.InvalidConfigurationException'
  }
  if (error instanceof ConfigError) return 'org.apache.kafka.common.config.ConfigException'
  const { exceptionName } = error as { exceptionName?: unknown }
  return typeof exceptionName === 'string' ? exceptionName : 'java.lang.RuntimeException'
}

/** What most tools print of a failure: the message, then the line that a stack trace begins with. */
export function failureText(error: unknown): string {
  return `${messageOf(error)}\n${javaText(error)}\n\n`
}

/** What comes through a future of Java's is wrapped, which shows when it is printed. */
export async function throughFuture<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise
  } catch (error) {
    throw new ToolError('java.util.concurrent.ExecutionException', javaText(error), error)
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
