/** org.apache.kafka.tools.VerifiableConsumer */
import { verifiableConsumer } from '../cli/index.ts'
import { runToolProcess } from './process/tool-process.ts'

export const main = (): Promise<void> => runToolProcess(verifiableConsumer)
