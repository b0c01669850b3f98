/** org.apache.kafka.tools.ClusterTool */
import { clusterTool } from '../cli/index.ts'
import { runToolProcess } from './process/tool-process.ts'

export const main = (): Promise<void> => runToolProcess(clusterTool)
