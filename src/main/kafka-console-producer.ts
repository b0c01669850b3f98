/** The console producer of Kafka's bin folder. */
import { consoleProducer } from '../cli/index.ts'
import { runToolProcess } from './process/tool-process.ts'

export const main = (): Promise<void> => runToolProcess(consoleProducer)
