/** kafka.admin.PreferredReplicaLeaderElectionCommand */
import { preferredElection } from '../cli/index.ts'
import { runToolProcess } from './process/tool-process.ts'

export const main = (): Promise<void> => runToolProcess(preferredElection)
