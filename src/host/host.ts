import type { Clock } from './clock.ts'
import type { FileSystem } from './files.ts'
import type { Log } from './log.ts'
import type { Network } from './network.ts'
import type { Random } from './random.ts'
import type { Threads } from './threads.ts'

/** Everything that can differ between two runs. The node implementation is in `host/node`, the simulated one in `sim`. */
export interface Host {
  readonly clock: Clock
  readonly random: Random
  readonly files: FileSystem
  readonly network: Network
  readonly log: Log
  readonly threads: Threads
}
