/** kafka-features: shows and changes features. Mirrors org.apache.kafka.tools.FeatureCommand. */
import { parseArguments } from '../arguments/index.ts'
import { readCommandLine } from '../command-line.ts'
import { messageOf } from '../java-text.ts'
import type { ToolEnvironment } from '../tool.ts'
import { featuresProgram } from './features-arguments.ts'

export async function featureCommand(
  argv: readonly string[],
  environment: ToolEnvironment,
): Promise<number> {
  const read = readCommandLine(environment, () => parseArguments(featuresProgram, argv))
  if (typeof read === 'number') return read
  const { carryOut } = await import('./carry-out.ts')
  try {
    await carryOut(read, environment)
    return 0
  } catch (error) {
    environment.terminal.stderr.write(`${messageOf(error)}\n`)
    return 1
  }
}
