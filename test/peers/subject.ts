/**
 * The broker and ZooKeeper under test: ours, or genuine ones of any release. The same test runs
 * against both (`SUBJECT=genuine npm run test:interop`), which shows that the test itself is right.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectRoot } from './cache.ts'
import { referenceVersion } from './catalog.ts'
import { genuineDistribution, stockJvm } from './distribution.ts'
import { freePort, start, type RunningProcess } from './process.ts'

export { referenceVersion }

export type SubjectKind = 'tidelog' | 'genuine'

/** What tests run against unless they say otherwise: ours, or what SUBJECT names. */
export const subjectKind: SubjectKind = process.env['SUBJECT'] === 'genuine' ? 'genuine' : 'tidelog'

/** A server in a process of its own. */
export interface Server {
  readonly kind: SubjectKind
  /** `host:port` that clients use. */
  readonly address: string
  readonly process: RunningProcess
  /** Ends it cleanly (SIGTERM) and waits. */
  stop(): Promise<void>
  /** Ends it as a power cut of the process does (SIGKILL) and waits. */
  kill(): Promise<void>
}

export interface ServerOptions {
  kind?: SubjectKind
  /** Of a genuine one; default the reference. */
  version?: string
  /** Default: one that is free. */
  port?: number
  /** Properties over the defaults of this test bed. */
  overrides?: Record<string, string>
  /** A genuine one runs with the JVM options of Kafka's own scripts. */
  isStockJvm?: boolean
  /** A genuine one logs as our `config/log4j.properties` says, into files too. */
  hasLogFiles?: boolean
  /** Over the environment of the test. */
  env?: Readonly<Record<string, string>>
  /** The folder whose `bin/` has the scripts; default: that of `kind` and `version`. */
  root?: string
}

export interface ZooKeeperOptions extends ServerOptions {
  dataDir: string
}

export interface BrokerOptions extends ServerOptions {
  /** `host:port` list with an optional chroot. */
  zookeeper: string
  logDirs: readonly string[]
  brokerId?: number
}

/** One ZooKeeper and one broker of the same kind over one temporary folder. */
export interface Subject {
  readonly kind: SubjectKind
  readonly bootstrap: string
  readonly zookeeper: string
  readonly folder: string
  readonly zookeeperDataDir: string
  readonly logDirs: readonly string[]
  /** The broker that runs now; another one after `restartBroker`. */
  readonly broker: Server
  readonly zookeeperServer: Server
  /** Starts what has been stopped or killed again, on the same ports and files. */
  restart(): Promise<void>
  /** Ends both cleanly and keeps the files. */
  stop(): Promise<void>
  /** Ends what still runs and removes the files. */
  dispose(): Promise<void>
}

/** Starts a ZooKeeper server and waits until it answers. */
export async function startZooKeeper(options: ZooKeeperOptions): Promise<Server> {
  const { kind = subjectKind, version = referenceVersion, overrides = {} } = options
  const port = options.port ?? (await freePort())
  mkdirSync(options.dataDir, { recursive: true })
  const properties = {
    dataDir: options.dataDir,
    clientPort: String(port),
    clientPortAddress: '127.0.0.1',
    maxClientCnxns: '0',
    'admin.enableServer': 'false',
    ...overrides,
  }
  const server = await startServer({
    kind,
    version,
    script: 'zookeeper-server-start.sh',
    properties,
    besides: options.dataDir,
    isStockJvm: options.isStockJvm,
    hasLogFiles: options.hasLogFiles,
    root: options.root,
    env: options.env,
    address: `127.0.0.1:${port}`,
  })
  await untilZooKeeperAnswers(server.process, port)
  return server
}

/** Starts a broker and waits for the log line that says it has started. */
export async function startBroker(options: BrokerOptions): Promise<Server> {
  const { kind = subjectKind, version = referenceVersion, overrides = {} } = options
  const port = options.port ?? (await freePort())
  // One may be no directory: what a test has put there stays.
  for (const folder of options.logDirs)
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true })
  const properties = {
    'broker.id': String(options.brokerId ?? 0),
    listeners: `PLAINTEXT://127.0.0.1:${port}`,
    'log.dirs': options.logDirs.join(','),
    'zookeeper.connect': options.zookeeper,
    // As the stock server.properties of one broker has it.
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    // 50 partitions cost genuine Kafka several seconds; the number is not what is tested.
    'offsets.topic.num.partitions': '3',
    'transaction.state.log.num.partitions': '3',
    ...overrides,
  }
  const server = await startServer({
    kind,
    version,
    script: 'kafka-server-start.sh',
    properties,
    besides: options.logDirs[0] ?? '',
    isStockJvm: options.isStockJvm,
    hasLogFiles: options.hasLogFiles,
    root: options.root,
    env: options.env,
    address: `127.0.0.1:${port}`,
  })
  await server.process.untilOutput(/started \(kafka\.server\.KafkaServer\)/)
  return server
}

/** Starts ZooKeeper and a broker over a new temporary folder. */
export async function startSubject(options: ServerOptions = {}): Promise<Subject> {
  const { overrides = {}, ...shared } = options
  const folder = temporaryFolder('subject')
  const zookeeperDataDir = join(folder, 'zookeeper')
  const logDirs = [join(folder, 'kafka-logs')]
  const ports = { zookeeper: await freePort(), broker: options.port ?? (await freePort()) }
  const beginZooKeeper = async (): Promise<Server> =>
    startZooKeeper({ ...shared, dataDir: zookeeperDataDir, port: ports.zookeeper })
  const beginBroker = async (): Promise<Server> =>
    startBroker({
      ...shared,
      zookeeper: zookeeperServer.address,
      logDirs,
      port: ports.broker,
      overrides,
    })
  let zookeeperServer = await beginZooKeeper()
  let broker: Server
  try {
    broker = await beginBroker()
  } catch (error) {
    // What still runs would keep the test from ending.
    await zookeeperServer.kill()
    throw error
  }
  return {
    kind: broker.kind,
    bootstrap: broker.address,
    zookeeper: zookeeperServer.address,
    folder,
    zookeeperDataDir,
    logDirs,
    get zookeeperServer() {
      return zookeeperServer
    },
    get broker() {
      return broker
    },
    async restart() {
      if (zookeeperServer.process.hasEnded) zookeeperServer = await beginZooKeeper()
      // A genuine broker does not start while the session of a killed one with its id still lives.
      if (broker.kind === 'genuine') await untilSessionsExpire(zookeeperServer.address)
      if (broker.process.hasEnded) broker = await beginBroker()
    },
    async stop() {
      await broker.stop()
      await zookeeperServer.stop()
    },
    async dispose() {
      await broker.kill()
      await zookeeperServer.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A new folder for the files of one test. */
export function temporaryFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `tidelog-${name}-`))
}

/** The folder whose `bin/` has the scripts of `kind`. */
export async function distributionOf(kind: SubjectKind, version: string): Promise<string> {
  return kind === 'tidelog' ? projectRoot : genuineDistribution(version)
}

const fileLogging = {
  KAFKA_LOG4J_OPTS: `-Dlog4j.configuration=file:${join(projectRoot, 'config', 'log4j.properties')}`,
}

interface StartOptions {
  kind: SubjectKind
  version: string
  script: string
  properties: Record<string, string>
  /** The data folder: configuration and logs are written beside it. */
  besides: string
  isStockJvm: boolean | undefined
  hasLogFiles: boolean | undefined
  root: string | undefined
  env: Readonly<Record<string, string>> | undefined
  address: string
}

async function startServer(options: StartOptions): Promise<Server> {
  const root = options.root ?? (await distributionOf(options.kind, options.version))
  const file = `${options.besides}-${options.script.replace('-start.sh', '')}.properties`
  const lines = Object.entries(options.properties).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(file, lines.join(''))
  const child = start(join(root, 'bin', options.script), [file], {
    env: {
      ...options.env,
      LOG_DIR: `${options.besides}-logs`,
      ...(options.isStockJvm === true && options.kind === 'genuine' && stockJvm(options.script)),
      ...(options.hasLogFiles === true && options.kind === 'genuine' && fileLogging),
    },
  })
  return {
    kind: options.kind,
    address: options.address,
    process: child,
    async stop() {
      await child.stop('SIGTERM')
    },
    async kill() {
      await child.stop('SIGKILL')
    },
  }
}

/** Waits until a ZooKeeper that was started over old files has ended the sessions in them. */
export async function untilSessionsExpire(address: string): Promise<void> {
  const port = Number(address.split(':')[1])
  const countNodes = async (): Promise<number> =>
    Number(/^Node count: (\d+)$/m.exec(await askSrvr(port))?.[1])
  const first = await countNodes()
  const deadlineMs = Date.now() + 60_000
  // Each broker session held at least the node of its id.
  while ((await countNodes()) >= first) {
    if (Date.now() > deadlineMs) throw new Error(`no session of ${address} has expired`)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

async function untilZooKeeperAnswers(server: RunningProcess, port: number): Promise<void> {
  const deadlineMs = Date.now() + 30_000
  while (!(await askSrvr(port)).includes('Mode:')) {
    if (server.hasEnded || Date.now() > deadlineMs) {
      throw new Error(`ZooKeeper does not answer\n${server.stdout}\n${server.stderr}`)
    }
    await new Promise(resolve => setTimeout(resolve, 25))
  }
}

/** The answer to `srvr`, the one four-letter word that is allowed by default; empty when there is none. */
async function askSrvr(port: number): Promise<string> {
  return new Promise(resolve => {
    let answer = ''
    const socket = createConnection(port, '127.0.0.1', () => socket.write('srvr'))
    // A server that has opened its port but is not ready yet may never answer this connection.
    socket.setTimeout(500, () => socket.destroy())
    socket.on('data', data => (answer += data.toString()))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(answer))
  })
}
