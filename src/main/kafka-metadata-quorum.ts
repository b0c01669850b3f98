/** org.apache.kafka.tools.MetadataQuorumCommand */
import { metadataQuorum } from '../cli/index.ts'
import { runToolProcess } from './process/tool-process.ts'

export const main = (): Promise<void> => runToolProcess(metadataQuorum)
