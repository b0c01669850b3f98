/** org.apache.kafka.tools.VerifiableConsumer */
import { verifiableConsumer } from '../cli/index.ts'
import { runToolProcess } from './process/tool-process.ts'

await runToolProcess(verifiableConsumer)
