/** org.apache.kafka.tools.TransactionsCommand */
import { transactionsCommand } from '../cli/index.ts'
import { runToolProcess } from './process/tool-process.ts'

export const main = (): Promise<void> => runToolProcess(transactionsCommand)
