/** kafka-transactions: shows and ends transactions. Mirrors org.apache.kafka.tools.TransactionsCommand. */
import { parseArguments } from '../arguments/index.ts'
import { readCommandLine } from '../command-line.ts'
import { PlainError } from '../plain-error.ts'
import type { ToolEnvironment } from '../tool.ts'
import { transactionsProgram } from './transactions-arguments.ts'

export async function transactionsCommand(
  argv: readonly string[],
  environment: ToolEnvironment,
): Promise<number> {
  const { stderr } = environment.terminal
  const read = readCommandLine(environment, () => parseArguments(transactionsProgram, argv))
  if (typeof read === 'number') return read
  const { carryOut } = await import('./carry-out.ts')
  try {
    await carryOut(read, environment)
    return 0
  } catch (error) {
    if (!(error instanceof PlainError)) throw error
    stderr.write(`${error.message}\n`)
    return 1
  }
}
