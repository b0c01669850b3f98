/** Several brokers on one ZooKeeper, each a process with folders of its own: ours, genuine ones, or both. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './process.ts'
import {
  startBroker,
  startZooKeeper,
  subjectKind,
  temporaryFolder,
  type Server,
  type SubjectKind,
} from './subject.ts'

export interface ClusterOptions {
  /** One broker each, with the ids 0, 1, 2, ...; default: three of what is tested. */
  readonly kinds?: readonly SubjectKind[]
  readonly zookeeperKind?: SubjectKind
  /** Properties of every broker over the defaults of this test bed. */
  readonly overrides?: Readonly<Record<string, string>>
  /** Of a genuine broker; default the reference. */
  readonly version?: string
  /** Genuine servers with the JVM options of Kafka's own scripts. */
  readonly isStockJvm?: boolean
  /** Log directories of each broker; default 1. */
  readonly logDirCount?: number
  /** Before a broker first starts: its directories are there, and empty. */
  readonly prepare?: (id: number, logDirs: readonly string[]) => void
}

export interface Cluster {
  /** Addresses of all brokers. */
  readonly bootstrap: string
  readonly zookeeper: Server
  /** The one that runs now under this id, or ran last. */
  broker(id: number): Server
  /** The first of its log directories, or the `nth`. */
  logDirOf(id: number, nth?: number): string
  /** Starts a broker that was stopped or killed, on its port and files; default: as the kind that it was. */
  start(id: number, kind?: SubjectKind): Promise<void>
  /** Ends what still runs and removes the files. */
  dispose(): Promise<void>
}

/** How soon a dead broker is noticed: the shortest session that the coordination service grants here. */
const SESSION_MS = 2_000

const zookeeperOverrides = { tickTime: '500' }

const clusterDefaults = {
  'zookeeper.session.timeout.ms': String(SESSION_MS),
  'controlled.shutdown.retry.backoff.ms': '200',
  'offsets.topic.replication.factor': '3',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
}

/** Starts the coordination service, then all brokers one after another: broker 0 is the first controller. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { kinds = [subjectKind, subjectKind, subjectKind], version, isStockJvm = false } = options
  const folder = temporaryFolder('cluster')
  const zookeeper = await startZooKeeper({
    kind: options.zookeeperKind ?? kinds[0] ?? subjectKind,
    dataDir: join(folder, 'zookeeper'),
    isStockJvm,
    overrides: zookeeperOverrides,
  })
  const ports = await Promise.all(kinds.map(() => freePort()))
  const logDirOf = (id: number, nth = 0): string =>
    join(folder, `kafka-logs-${id}${nth === 0 ? '' : `-${nth}`}`)
  const logDirsOf = (id: number): readonly string[] =>
    Array.from({ length: options.logDirCount ?? 1 }, (_, nth) => logDirOf(id, nth))
  const running: Server[] = []
  const start = async (id: number, kind: SubjectKind = subjectKind): Promise<void> => {
    running[id] = await startBroker({
      kind,
      ...(version !== undefined && { version }),
      isStockJvm,
      brokerId: id,
      zookeeper: zookeeper.address,
      logDirs: logDirsOf(id),
      port: ports[id] ?? 0,
      overrides: { ...clusterDefaults, ...options.overrides },
    })
  }
  const broker = (id: number): Server => {
    const found = running[id]
    if (found === undefined) throw new Error(`there is no broker ${id}`)
    return found
  }
  const dispose = async (): Promise<void> => {
    await Promise.all(running.map(server => server.kill()))
    await zookeeper.kill()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    for (const [id, kind] of kinds.entries()) {
      for (const path of logDirsOf(id)) mkdirSync(path, { recursive: true })
      options.prepare?.(id, logDirsOf(id))
      await start(id, kind)
    }
  } catch (error) {
    await dispose()
    throw error
  }
  return {
    bootstrap: ports.map(port => `127.0.0.1:${port}`).join(','),
    zookeeper,
    broker,
    logDirOf,
    start: (id, kind = broker(id).kind) => start(id, kind),
    dispose,
  }
}
