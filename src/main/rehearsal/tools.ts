/**
 * What a tool does when it starts, gone through once when the project is built: the code that V8
 * compiles for it is kept beside the bundle (`scripts/code-cache.cjs`).
 */
import { runTool, topicCommand } from '../../cli/index.ts'
import { nodeClock, nodeHost, nodeTerminal, toolLog } from '../../host/node/index.ts'

/** @param address of a broker that may be used for it */
export async function rehearse(address: string): Promise<void> {
  const terminal = nodeTerminal()
  const log = toolLog(nodeClock, { write: text => terminal.stderr.write(text) })
  const environment = { host: nodeHost({ log }), terminal }
  for (const action of [['--create', '--topic', 'rehearsal'], ['--list']]) {
    await runTool(topicCommand, ['--bootstrap-server', address, ...action], environment)
  }
}
