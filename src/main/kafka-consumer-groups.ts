/** org.apache.kafka.tools.consumer.group.ConsumerGroupCommand */
import { consumerGroupCommand } from '../cli/index.ts'
import { runToolProcess } from './process/tool-process.ts'

await runToolProcess(consumerGroupCommand)
