/** org.apache.kafka.tools.consumer.group.ConsumerGroupCommand */
import { groupsCommand } from '../cli/index.ts'
import { runToolProcess } from './process/tool-process.ts'

export const main = (): Promise<void> => runToolProcess(groupsCommand)
