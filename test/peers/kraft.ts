/**
 * A genuine broker of a release that has no ZooKeeper any more: one node that is broker and controller
 * (KRaft). The oracle for what Kafka 3.9 in ZooKeeper mode does not have.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { kafkaJars, runJava } from './maven.ts'
import { freePort, start, type RunningProcess } from './process.ts'
import { temporaryFolder } from './subject.ts'

/** The newest release: it decides over the versions that 3.9 does not know. */
export const newestVersion = '4.3.1'

/** Any cluster id does; this one is nobody's. */
const CLUSTER_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'

export interface KraftBroker {
  /** `host:port` that clients use. */
  readonly bootstrap: string
  readonly process: RunningProcess
  /** Ends it and removes its files. */
  dispose(): Promise<void>
}

export async function startKraft(overrides: Record<string, string> = {}): Promise<KraftBroker> {
  const { classpath } = await kafkaJars(newestVersion)
  const folder = temporaryFolder('kraft')
  const [port, controllerPort] = [await freePort(), await freePort()]
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(folder, 'logs'),
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'offsets.topic.num.partitions': '3',
    'group.initial.rebalance.delay.ms': '0',
    ...overrides,
  }
  const file = join(folder, 'server.properties')
  writeFileSync(
    file,
    Object.entries(properties)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  const format = ['format', '-t', CLUSTER_ID, '-c', file]
  await runJava(classpath, 'kafka.tools.StorageTool', format)
  const process = start('java', ['-XX:+UseSerialGC', '-cp', classpath, 'kafka.Kafka', file])
  await untilListening(process, port)
  return {
    bootstrap: `127.0.0.1:${port}`,
    process,
    async dispose() {
      await process.stop('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const START_LIMIT_MS = 60_000
const BETWEEN_ATTEMPTS_MS = 100

/** Its log is silent without a configuration of Log4j 2: the open port says that it is up. */
async function untilListening(broker: RunningProcess, port: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < START_LIMIT_MS; waitedMs += BETWEEN_ATTEMPTS_MS) {
    if (broker.hasEnded) throw new Error(`${broker.command} ended\n${broker.stderr}`)
    if (await isListening(port)) return
    await new Promise(resolve => setTimeout(resolve, BETWEEN_ATTEMPTS_MS))
  }
  throw new Error(`${broker.command} does not listen after ${START_LIMIT_MS} ms`)
}

function isListening(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
