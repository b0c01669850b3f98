/** Runs a tool in this process: its output leaves whole before the process ends. */
import { runTool, type Tool } from '../../cli/index.ts'
import { nodeClock, nodeHost, nodeTerminal, toolLog } from '../../host/node/index.ts'

export async function runToolProcess(tool: Tool): Promise<void> {
  const terminal = nodeTerminal()
  const log = toolLog(nodeClock, { write: text => terminal.stderr.write(text) })
  const environment = { host: nodeHost({ log }), terminal }
  const code = await runTool(tool, process.argv.slice(2), environment)
  await Promise.all([terminal.stdout.flushed(), terminal.stderr.flushed()])
  process.exit(code)
}
