/** org.apache.kafka.tools.TopicCommand */
import { topicCommand } from '../cli/index.ts'
import { runToolProcess } from './process/tool-process.ts'

export const main = (): Promise<void> => runToolProcess(topicCommand)
