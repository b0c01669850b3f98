/** Opens the admin client and runs the command that was chosen. */
import type { GivenArguments } from '../arguments/index.ts'
import { openAdmin } from '../admin-client.ts'
import { ToolError } from '../java-text.ts'
import { PlainError } from '../plain-error.ts'
import type { ToolEnvironment } from '../tool.ts'
import { abort } from './abort.ts'
import { describe, describeProducers, list } from './describe.ts'
import { findHanging } from './find-hanging.ts'
import { DETAIL, type TransactionsRun } from './run.ts'
import {
  type AbortValues,
  type DescribeProducersValues,
  type DescribeValues,
  type FindHangingValues,
  type ListValues,
  type transactionsProgram,
} from './transactions-arguments.ts'

type Given = GivenArguments<typeof transactionsProgram.arguments>
type CommandName = keyof typeof transactionsProgram.commands

/** The values were read by the arguments of the command. */
const commands: Record<CommandName, (run: TransactionsRun, values: unknown) => Promise<void>> = {
  list: (run, values) => list(run, values as ListValues),
  describe: (run, values) => describe(run, values as DescribeValues),
  'describe-producers': (run, values) => describeProducers(run, values as DescribeProducersValues),
  abort: (run, values) => abort(run, values as AbortValues),
  'find-hanging': (run, values) => findHanging(run, values as FindHangingValues),
}

/** @throws PlainError for what is to be told in its words alone */
export async function carryOut(
  { values, command, commandValues }: Given,
  { host, terminal }: ToolEnvironment,
): Promise<void> {
  const settings = { bootstrapServers: values.bootstrapServer, configFile: values.commandConfig }
  await using admin = await openAdmin(host, settings).catch((error: unknown) => {
    const isNoFile =
      error instanceof ToolError && error.exceptionName === 'java.nio.file.NoSuchFileException'
    if (!isNoFile) throw error
    throw new PlainError(`Failed to load admin client properties: ${error.message}.${DETAIL}`)
  })
  const run: TransactionsRun = {
    admin,
    wallMs: () => host.clock.wallMs(),
    print: line => {
      terminal.stdout.write(`${line}\n`)
    },
  }
  await commands[command as CommandName](run, commandValues)
}
