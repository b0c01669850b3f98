/**
 * What servers do when they start, gone through once when the project is built: the code that V8
 * compiles for it is kept beside the bundle (`scripts/code-cache.cjs`).
 */
import { join } from 'node:path'
import { startBroker } from '../../broker/index.ts'
import { BrokerConfig, parseZooCfg } from '../../config/index.ts'
import { home, openHost, readProperties, type Running } from '../process/server-process.ts'
import { startFromZooCfg } from '../process/zookeeper.ts'

const settings = (name: string): Map<string, string> =>
  new Map(readProperties(join(home, 'config', name)))

/** @param folder is empty, and may be removed once both have stopped */
export async function rehearse(folder: string): Promise<Running & { address: string }> {
  const { host } = openHost(join(folder, 'logs'))
  const zooCfg = settings('zookeeper.properties')
    .set('dataDir', join(folder, 'zookeeper'))
    .set('clientPortAddress', '127.0.0.1')
  const zookeeper = await startFromZooCfg(host, { ...parseZooCfg(zooCfg).cfg, clientPort: 0 })
  const properties = settings('server.properties')
    .set('listeners', 'PLAINTEXT://127.0.0.1:0')
    .set('zookeeper.connect', `127.0.0.1:${zookeeper.port}`)
    .set('log.dirs', join(folder, 'kafka-logs'))
  const broker = await startBroker({ host, config: new BrokerConfig(properties) })
  return {
    address: `127.0.0.1:${broker.listeners[0]?.port ?? 0}`,
    async stop() {
      await broker.stop()
      await zookeeper.stop()
    },
  }
}
