/** kafka-consumer-groups. Mirrors org.apache.kafka.tools.consumer.group.ConsumerGroupCommand. */
import { UsageError } from '../arguments/index.ts'
import { javaText, messageOf } from '../java-text.ts'
import { isForRunner, type ToolEnvironment } from '../tool.ts'
import { asUsageError, readGroupOptions } from './group-options.ts'
import { WrappedError } from './wrapped-error.ts'

/** The exit code is 0 even after an error; only a wrong command line makes it 1. */
export async function groupsCommand(
  argv: readonly string[],
  environment: ToolEnvironment,
): Promise<number> {
  const { stdout, stderr } = environment.terminal
  const command = readGroupOptions(argv, line => stderr.write(`${line}\n`))
  const { carryOut } = await import('./group-service.ts')
  try {
    await carryOut(command, environment)
  } catch (error) {
    const refusal = asUsageError(error)
    if (isForRunner(refusal) || refusal instanceof UsageError) throw refusal
    const { message, trace } = wordsOf(error)
    stdout.write(`\nError: Executing consumer group command failed due to ${message}\n`)
    stderr.write(`${trace}\n`)
  }
  return 0
}

function wordsOf(error: unknown): { message: string; trace: string } {
  if (!(error instanceof WrappedError)) {
    return { message: messageOf(error), trace: javaText(error) }
  }
  const execution = `java.util.concurrent.ExecutionException: ${javaText(error.cause)}`
  if (error.times === 1) return { message: javaText(error.cause), trace: execution }
  return { message: execution, trace: `java.lang.RuntimeException: ${execution}` }
}
