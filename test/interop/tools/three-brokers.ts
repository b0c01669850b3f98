/** Three brokers on one ZooKeeper, as the recorded cases had them: for what one broker cannot show. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../peers/process.ts'
import {
  startBroker,
  startZooKeeper,
  temporaryFolder,
  type Server,
  type SubjectKind,
} from '../../peers/subject.ts'
import type { Addresses } from './replay.ts'

const IDS = [0, 1, 2]
/** Four JVMs stay below 2 GB together. */
const HEAP = '-Xmx192m -Xms64m -XX:TieredStopAtLevel=1'

export interface ThreeBrokers extends AsyncDisposable {
  readonly addresses: Addresses
  readonly brokers: readonly Server[]
}

export async function startThreeBrokers(kind: SubjectKind): Promise<ThreeBrokers> {
  process.env['KAFKA_HEAP_OPTS'] = HEAP
  const folder = temporaryFolder('three')
  const zookeeper = await startZooKeeper({ kind, dataDir: join(folder, 'zookeeper') })
  const ports = await Promise.all(IDS.map(() => freePort()))
  const brokers = await Promise.all(
    IDS.map(brokerId => {
      const logDir = join(folder, `kafka-logs-${brokerId}`)
      mkdirSync(logDir, { recursive: true })
      return startBroker({
        kind,
        brokerId,
        zookeeper: zookeeper.address,
        logDirs: [logDir],
        port: ports[brokerId] ?? 0,
        overrides: {
          listeners: `PLAINTEXT://localhost:${ports[brokerId] ?? 0}`,
          'auto.leader.rebalance.enable': 'false',
          // Of the heap, which is small.
          'log.cleaner.dedupe.buffer.size': '4194304',
        },
      })
    }),
  )
  const [broker = '', ...others] = ports.map(port => `localhost:${port}`)
  const { port } = new URL(`tcp://${zookeeper.address}`)
  return {
    addresses: { broker, others, zookeeper: `127.0.0.1:${port}`, folder },
    brokers,
    async [Symbol.asyncDispose]() {
      await Promise.all(brokers.map(one => one.kill()))
      await zookeeper.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
