/** kafka-cluster: the id of a cluster. Mirrors org.apache.kafka.tools.ClusterTool. */
import { parseArguments } from '../arguments/index.ts'
import { readCommandLine } from '../command-line.ts'
import { failureText } from '../java-text.ts'
import type { ToolEnvironment } from '../tool.ts'
import { clusterProgram } from './cluster-arguments.ts'

export async function clusterTool(
  argv: readonly string[],
  environment: ToolEnvironment,
): Promise<number> {
  const read = readCommandLine(environment, () => parseArguments(clusterProgram, argv))
  if (typeof read === 'number') return read
  const { carryOut } = await import('./carry-out.ts')
  try {
    await carryOut(read.command ?? '', read.commandValues, environment)
    return 0
  } catch (error) {
    environment.terminal.stderr.write(failureText(error))
    return 1
  }
}
