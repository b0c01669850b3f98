/** The console consumer of Kafka's bin folder. */
import { consoleConsumer } from '../cli/index.ts'
import { runToolProcess } from './process/tool-process.ts'

export const main = (): Promise<void> => runToolProcess(consoleConsumer)
