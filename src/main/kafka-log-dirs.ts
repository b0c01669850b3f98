/** org.apache.kafka.tools.LogDirsCommand */
import { logDirs } from '../cli/index.ts'
import { runToolProcess } from './process/tool-process.ts'

export const main = (): Promise<void> => runToolProcess(logDirs)
