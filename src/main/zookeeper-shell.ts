/** org.apache.zookeeper.ZooKeeperMainWithTlsSupportForKafka */
import { zookeeperShell } from '../cli/index.ts'
import { runToolProcess } from './process/tool-process.ts'

export const main = (): Promise<void> => runToolProcess(zookeeperShell)
