/** org.apache.kafka.tools.ReplicaVerificationTool */
import { replicaVerification } from '../cli/index.ts'
import { runToolProcess } from './process/tool-process.ts'

export const main = (): Promise<void> => runToolProcess(replicaVerification)
