/** org.apache.kafka.tools.reassign.ReassignPartitionsCommand */
import { reassignPartitions } from '../cli/index.ts'
import { runToolProcess } from './process/tool-process.ts'

export const main = (): Promise<void> => runToolProcess(reassignPartitions)
