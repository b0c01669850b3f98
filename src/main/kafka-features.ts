/** org.apache.kafka.tools.FeatureCommand */
import { featureCommand } from '../cli/index.ts'
import { runToolProcess } from './process/tool-process.ts'

export const main = (): Promise<void> => runToolProcess(featureCommand)
