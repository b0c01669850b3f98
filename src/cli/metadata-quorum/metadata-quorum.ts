/**
 * kafka-metadata-quorum. Mirrors org.apache.kafka.tools.MetadataQuorumCommand as far as a cluster with
 * ZooKeeper goes, which has no quorum of controllers to describe.
 */
import { parseArguments } from '../arguments/index.ts'
import { readCommandLine } from '../command-line.ts'
import { failureText } from '../java-text.ts'
import { PlainError } from '../plain-error.ts'
import type { ToolEnvironment } from '../tool.ts'
import { quorumProgram } from './quorum-arguments.ts'

export async function metadataQuorum(
  argv: readonly string[],
  environment: ToolEnvironment,
): Promise<number> {
  const read = readCommandLine(environment, () => parseArguments(quorumProgram, argv), {
    helpCode: 0,
  })
  if (typeof read === 'number') return read
  const { carryOut } = await import('./carry-out.ts')
  try {
    await carryOut(read, environment)
    return 0
  } catch (error) {
    const isExplained = error instanceof PlainError
    environment.terminal.stderr.write(isExplained ? `${error.message}\n` : failureText(error))
    return 1
  }
}
