/** org.apache.kafka.tools.LeaderElectionCommand */
import { leaderElection } from '../cli/index.ts'
import { runToolProcess } from './process/tool-process.ts'

export const main = (): Promise<void> => runToolProcess(leaderElection)
