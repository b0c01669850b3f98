/** org.apache.kafka.tools.VerifiableProducer */
import { verifiableProducer } from '../cli/index.ts'
import { runToolProcess } from './process/tool-process.ts'

export const main = (): Promise<void> => runToolProcess(verifiableProducer)
