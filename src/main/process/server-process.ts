/**
 * What the server programs share: their log, their signals, and how they end. The exit codes are
 * those of a JVM: 143 after SIGTERM, 130 after SIGINT, 1 when the start failed.
 */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError, parsePropertiesFile, type Given } from '../../config/index.ts'
import { StorageError, type Host, type Log } from '../../host/index.ts'
import { nodeClock, nodeHost, serverEnvironment } from '../../host/node/index.ts'
import { openServerLog } from '../../host/node/log/index.ts'

/** The folder that holds bin/, config/ and dist/. */
export const home = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

export interface Running {
  stop(): Promise<void>
  /** Resolves when it cannot go on, which it has told: the process ends at once. */
  readonly halted?: Promise<void>
}

export interface ServerProgram {
  /** The logger that tells of a failed start, as in Kafka. */
  readonly logger: string
  /** Starts whatever the program runs. */
  start(host: Host): Promise<Running>
}

/** Runs a server until a signal ends it. */
export async function runServer(program: ServerProgram): Promise<void> {
  const environment = serverEnvironment()
  const { host, log } = openHost(environment.logDir ?? join(home, 'logs'), environment.log4jFile)
  const own = log.named(program.logger)
  let running: Running | undefined
  let ending: Promise<void> | undefined
  const end = (signal: 'SIGTERM' | 'SIGINT' | 'SIGHUP', code: number): void => {
    // Of one Ctrl-C npm sends a second signal.
    if (ending !== undefined) return
    log
      .named('org.apache.kafka.common.utils.LoggingSignalHandler')
      .info(`Terminating process due to signal ${signal}`)
    ending = (running?.stop() ?? Promise.resolve()).then(
      () => process.exit(code),
      (error: unknown) => {
        own.error('Stopping failed', { error })
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', () => end('SIGTERM', 143))
  process.on('SIGINT', () => end('SIGINT', 130))
  // Node forgets what nohup has asked for; kafka-run-class.sh hands it on.
  process.on('SIGHUP', () => {
    if (!environment.isHangupIgnored) end('SIGHUP', 129)
  })
  log
    .named('org.apache.kafka.common.utils.LoggingSignalHandler')
    .info('Registered signal handlers for TERM, INT, HUP')
  for (const { name, value } of environment.jvmSettings) {
    own.warn(`${name} is for a JVM and makes no difference`, { value })
  }
  try {
    running = await program.start(host)
    void running.halted?.then(() => process.exit(1))
  } catch (error) {
    own.fatal(`Exiting due to fatal exception: ${sentenceOf(error)}`)
    if (!isExplained(error)) own.fatal('The exception in full', { error })
    process.exit(1)
  }
}

/**
 * @param logDir where log files are written, as the log4j properties say
 * @param log4jFile those properties; default the ones that we ship
 */
export function openHost(logDir: string, log4jFile?: string): { host: Host; log: Log } {
  const { log } = openServerLog(
    Object.fromEntries(log4jProperties(log4jFile)),
    { 'kafka.logs.dir': logDir },
    nodeClock,
  )
  return { host: nodeHost({ log }), log }
}

/** What KAFKA_LOG4J_OPTS names; where that cannot be read it is said, and the file that we ship is used. */
function log4jProperties(file: string | undefined): Given {
  const shipped = join(home, 'config', 'log4j.properties')
  try {
    return readProperties(file ?? shipped)
  } catch (error) {
    console.error(`log4j:ERROR KAFKA_LOG4J_OPTS: ${sentenceOf(error)} Using ${shipped}.`)
    return readProperties(shipped)
  }
}

/** @throws ConfigError when the file is not there or cannot be read */
export function readProperties(path: string): Given {
  const { files } = nodeHost()
  const remedy = 'Name a properties file that can be read.'
  if (files.status(path) === undefined)
    throw new ConfigError(`there is no file ${path}`, { remedy })
  try {
    return parsePropertiesFile(files.readFile(path), path)
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    throw new ConfigError(error.message, { remedy, cause: error })
  }
}

/** One sentence that names thing, value and remedy. */
export function sentenceOf(error: unknown): string {
  if (error instanceof ConfigError) return error.sentence
  const { code = '', message } = error as { code?: string; message?: string }
  if (message === undefined) return String(error)
  const remedy = remedies[code]
  return remedy === undefined ? message : `${message}. ${remedy}`
}

const notHere = 'Name an address of this machine in listeners, or none to listen on all of them.'

/** What to do about a start that the network forbids, by error code. */
const remedies: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Another program listens there: stop it, or choose another port.',
  EACCES: 'Ports below 1024 need privileges: choose another port.',
  EADDRNOTAVAIL: notHere,
  ENOTFOUND: notHere,
  EAI_AGAIN: notHere,
}

function isExplained(error: unknown): boolean {
  if (error instanceof ConfigError) return true
  const { code } = error as { code?: string }
  return code !== undefined && (code === 'ETIMEDOUT' || Object.hasOwn(remedies, code))
}
