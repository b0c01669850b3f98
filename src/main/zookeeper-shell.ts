/** org.apache.zookeeper.ZooKeeperMainWithTlsSupportForKafka */
import { zookeeperShell } from '../cli/index.ts'
import { runToolProcess } from './process/tool-process.ts'

await runToolProcess(zookeeperShell)
