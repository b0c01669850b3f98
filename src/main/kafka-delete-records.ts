/** org.apache.kafka.tools.DeleteRecordsCommand */
import { deleteRecords } from '../cli/index.ts'
import { runToolProcess } from './process/tool-process.ts'

export const main = (): Promise<void> => runToolProcess(deleteRecords)
