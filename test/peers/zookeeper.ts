/** Genuine Apache ZooKeeper, stand-alone, from its jars, and its shell. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { cacheFolder } from './cache.ts'
import { zookeeperJars } from './maven.ts'
import { freePort, run, start, type Outcome, type RunningProcess } from './process.ts'

/** The release whose behaviour decides. */
export const zookeeperVersion = '3.8.4'

export interface GenuineZooKeeper {
  readonly port: number
  readonly process: RunningProcess
  /** SIGTERM, and waits. */
  stop(): Promise<void>
  /** SIGKILL, and waits. */
  kill(): Promise<void>
}

export interface GenuineOptions {
  dataDir: string
  version?: string
  port?: number
  /** Lines of zoo.cfg over the defaults of this test bed. */
  config?: Record<string, string>
  /** `-D` options. */
  properties?: Record<string, string>
}

/** Starts a server on `dataDir` and waits until it answers `srvr`. */
export async function startGenuineZooKeeper(options: GenuineOptions): Promise<GenuineZooKeeper> {
  const { dataDir, version = zookeeperVersion } = options
  const { classpath } = await zookeeperJars(version)
  const port = options.port ?? (await freePort())
  mkdirSync(dataDir, { recursive: true })
  const config = {
    dataDir,
    clientPort: String(port),
    clientPortAddress: '127.0.0.1',
    'admin.enableServer': 'false',
    ...options.config,
  }
  const file = `${dataDir}.cfg`
  writeFileSync(file, linesOf(config))
  const server = start('java', [
    ...jvmOptions(options.properties),
    '-cp',
    classpath,
    'org.apache.zookeeper.server.ZooKeeperServerMain',
    file,
  ])
  await untilServing(server, port)
  return {
    port,
    process: server,
    async stop() {
      await server.stop('SIGTERM')
    },
    async kill() {
      await server.stop('SIGKILL')
    },
  }
}

/** The genuine shell with `script` typed into it, or with one command as its arguments. */
export async function genuineZkCli(options: {
  address: string
  script?: string
  command?: readonly string[]
  version?: string
}): Promise<Outcome> {
  const { classpath } = await zookeeperJars(options.version ?? zookeeperVersion)
  const main = ['org.apache.zookeeper.ZooKeeperMain', '-server', options.address]
  const args = [...jvmOptions(), '-cp', classpath, ...main, ...(options.command ?? [])]
  return run('java', args, { input: options.script ?? '' })
}

/** What a server sends for a four-letter word, or for whatever else is sent, until it hangs up. */
export async function sendWord(
  port: number,
  word: string | Buffer,
  timeoutMs = 10_000,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = createConnection(port, '127.0.0.1', () => socket.write(word))
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text))
    socket.setTimeout(timeoutMs, () =>
      socket.destroy(new Error(`no end of the answer to ${word.toString()}`)),
    )
    socket.on('error', reject)
    socket.on('close', () => resolve(answer))
  })
}

/** A short-lived JVM that logs warnings only, to standard error. */
function jvmOptions(properties: Record<string, string> = {}): string[] {
  const logback = join(cacheFolder(), 'zookeeper-logback.xml')
  writeFileSync(
    logback,
    `<configuration>
<appender name="E" class="ch.qos.logback.core.ConsoleAppender"><target>System.err</target>
<encoder><pattern>%level %logger - %msg%n</pattern></encoder></appender>
<root level="INFO"><appender-ref ref="E"/></root></configuration>`,
  )
  return [
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    '-Xshare:auto',
    `-Dlogback.configurationFile=${logback}`,
    ...Object.entries(properties).map(([name, value]) => `-D${name}=${value}`),
  ]
}

function linesOf(config: Record<string, string>): string {
  return Object.entries(config)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

async function untilServing(server: RunningProcess, port: number): Promise<void> {
  const deadlineMs = Date.now() + 30_000
  for (;;) {
    // A server that has opened its port but is not ready yet may never answer this connection.
    const answer = await sendWord(port, 'srvr', 500).catch(() => '')
    if (answer.includes('Mode:')) return
    if (server.hasEnded || Date.now() > deadlineMs) {
      throw new Error(`ZooKeeper does not answer\n${server.stdout}\n${server.stderr}`)
    }
    await new Promise(resolve => setTimeout(resolve, 25))
  }
}
