/** The world as Node gives it. A server's log is in ./log/index.ts, which costs some milliseconds more to load. */
import type { Host } from '../host.ts'
import { silentLog, type Log } from '../log.ts'
import { nodeClock } from './clock.ts'
import { nodeFiles } from './files.ts'
import { NodeNetwork } from './network.ts'
import { NodeRandom } from './random.ts'
import { NodeThreads } from './threads.ts'

export interface NodeHostOptions {
  /** Default: nothing is logged. */
  log?: Log
}

export function nodeHost(options: NodeHostOptions = {}): Host {
  return {
    clock: nodeClock,
    random: new NodeRandom(),
    files: nodeFiles,
    network: new NodeNetwork(),
    log: options.log ?? silentLog,
    threads: new NodeThreads(),
  }
}

export { toolLog, type ToolLogOptions } from './log/tool-log.ts'
export { nodeClock } from './clock.ts'
export { NodeNetwork } from './network.ts'
export { serverEnvironment, type ServerEnvironment } from './server-environment.ts'
export { nodeTerminal } from './terminal.ts'
export { kafkaPattern, patternLayout } from './log/pattern.ts'
