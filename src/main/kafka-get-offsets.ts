/** org.apache.kafka.tools.GetOffsetShell */
import { getOffsets } from '../cli/index.ts'
import { runToolProcess } from './process/tool-process.ts'

export const main = (): Promise<void> => runToolProcess(getOffsets)
