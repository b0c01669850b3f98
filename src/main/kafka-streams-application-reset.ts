/** org.apache.kafka.tools.StreamsResetter */
import { streamsReset } from '../cli/index.ts'
import { runToolProcess } from './process/tool-process.ts'

export const main = (): Promise<void> => runToolProcess(streamsReset)
