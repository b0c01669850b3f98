/**
 * kafka-reassign-partitions: moves replicas. Mirrors org.apache.kafka.tools.reassign.ReassignPartitionsCommand,
 * and with --zookeeper that of Kafka 2.6. Its failures go to stdout.
 */
import { javaText, messageOf, ToolError } from '../java-text.ts'
import { PlainError } from '../plain-error.ts'
import type { ToolEnvironment } from '../tool.ts'
import { readReassignOptions } from './reassign-options.ts'

export async function reassignPartitions(
  argv: readonly string[],
  environment: ToolEnvironment,
): Promise<number> {
  const { stdout, stderr } = environment.terminal
  const { given, action } = readReassignOptions(argv)
  given.notices.forEach(notice => stderr.write(`${notice}\n`))
  const { carryOut } = await import('./carry-out.ts')
  try {
    await carryOut(action, given, environment)
    return 0
  } catch (error) {
    stdout.write(error instanceof PlainError ? `${error.message}\n` : report(error))
    return 1
  }
}

/** A cause is told of where Java's trace has it. */
function report(error: unknown): string {
  const cause = error instanceof ToolError ? error.cause : undefined
  const because = cause === undefined ? '' : `Caused by: ${javaText(cause)}\n`
  return `Error: ${messageOf(error)}\n${javaText(error)}\n${because}\n`
}
