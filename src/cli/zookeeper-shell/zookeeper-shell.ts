/** zookeeper-shell: one command, or lines from standard input. Mirrors org.apache.zookeeper.ZooKeeperMain without JLine. */
import { sleep } from '../../host/index.ts'
import {
  EventType,
  parseConnectString,
  ZooKeeperClient,
  type ClientState,
  type WatchEvent,
} from '../../zookeeper/index.ts'
import { linesOf } from '../lines.ts'
import type { ToolEnvironment } from '../tool.ts'
import { readShellArguments, wordsOf } from './shell-arguments.ts'
import { execute, isCommand, ShellError, usageLines } from './shell-commands.ts'

const UNKNOWN_COMMAND = 127
const HISTORY_SHOWN = 10

export async function zookeeperShell(
  argv: readonly string[],
  environment: ToolEnvironment,
): Promise<number> {
  const { stdout, stderr, stdin } = environment.terminal
  const { server, timeoutMs, command, problem, unsupported } = readShellArguments(argv)
  if (problem !== undefined) stderr.write(`${problem}\n`)
  if (unsupported !== undefined) {
    stderr.write(`Error: option ${unsupported} is not supported yet\n`)
    return 1
  }
  stdout.write(`Connecting to ${server}\n`)
  const shell = new Shell(environment, server, timeoutMs)
  try {
    if (command !== undefined) await shell.process(command)
    else {
      stdout.write('Welcome to ZooKeeper!\nJLine support is disabled\n')
      for await (const line of linesOf(stdin, () => undefined)) {
        if (line !== '') await shell.processLine(line)
        if (shell.isOver) break
      }
    }
  } finally {
    await shell.close()
  }
  if (shell.exitCode !== 0) {
    environment.host.log
      .named('org.apache.zookeeper.util.ServiceUtils')
      .error(`Exiting JVM with code ${shell.exitCode}`)
  }
  return shell.exitCode
}

class Shell {
  readonly #environment: ToolEnvironment
  readonly #server: string
  readonly #timeoutMs: number
  readonly #history: string[] = []
  #client: ZooKeeperClient | undefined
  #printsWatches = true
  exitCode = 0
  /** After `quit`. */
  isOver = false

  constructor(environment: ToolEnvironment, server: string, timeoutMs: number) {
    this.#environment = environment
    this.#server = server
    this.#timeoutMs = timeoutMs
  }

  async processLine(line: string): Promise<void> {
    this.#history.push(line)
    await this.process(wordsOf(line))
  }

  async process(words: readonly string[]): Promise<void> {
    try {
      await this.#run(words)
      this.exitCode = 0
    } catch (error) {
      if (!(error instanceof ShellError)) throw error
      this.#warn(error.message)
      this.exitCode = error.exitCode
    }
  }

  async #run(words: readonly string[]): Promise<void> {
    const [name = ''] = words
    const client = await this.#connected()
    if (!isCommand(name)) {
      usageLines().forEach(line => this.#warn(line))
      throw new ShellError(`Command not found: Command not found ${name}`, UNKNOWN_COMMAND)
    }
    if (name === 'quit') return this.#quit()
    if (name === 'history') {
      this.#printHistory()
      return
    }
    if (name === 'redo') return this.#redo(words[1])
    if (name === 'printwatches') {
      this.#watchesCommand(words[1])
      return
    }
    await execute(words, {
      client,
      print: line => this.#print(line),
      warn: line => this.#warn(line),
      watcher: event => this.#tellEvent(event),
    })
  }

  /** @throws ShellError when no server can be reached */
  async #connected(): Promise<ZooKeeperClient> {
    if (this.#client !== undefined) return this.#client
    const { host } = this.#environment
    await this.#probe()
    const client = new ZooKeeperClient(host, {
      servers: this.#server,
      sessionTimeoutMs: this.#timeoutMs,
    })
    this.#client = client
    await this.#waitForSession(client)
    this.#tell('SyncConnected', 'None', null)
    client.onState(state => this.#tellState(state))
    return client
  }

  async #waitForSession(client: ZooKeeperClient): Promise<void> {
    const isTooLate = new AbortController()
    const { clock } = this.#environment.host
    const timer = clock.after(this.#timeoutMs, () => isTooLate.abort(), { holdsProcess: true })
    try {
      await client.whenConnected(isTooLate.signal)
    } catch {
      throw new ShellError('KeeperErrorCode = ConnectionLoss for /')
    } finally {
      timer.cancel()
    }
  }

  /** A request on a connection that never was is lost at once, while the client tries on and on. */
  async #probe(): Promise<void> {
    const { network, log } = this.#environment.host
    for (const { host, port } of parseConnectString(this.#server).servers) {
      try {
        const connection = await network.connect({ host, port, timeoutMs: this.#timeoutMs })
        connection.start({ onBytes: () => undefined, onClose: () => undefined })
        connection.destroy()
        return
      } catch {
        log
          .named('org.apache.zookeeper.ClientCnxn')
          .warn(
            `Session 0x0 for server ${host}/${host === 'localhost' ? '127.0.0.1' : host}:${port}, ` +
              'Closing socket connection. Attempting reconnect except it is a ' +
              'SessionExpiredException.',
          )
        this.#warn('java.net.ConnectException: Connection refused')
      }
    }
    throw new ShellError('KeeperErrorCode = ConnectionLoss for /')
  }

  #tellState(state: ClientState): void {
    const names = {
      connecting: 'Disconnected',
      connected: 'SyncConnected',
      expired: 'Expired',
      'auth-failed': 'AuthFailed',
      closed: 'Closed',
    } as const
    this.#tell(names[state], 'None', null)
  }

  #tellEvent({ type, path }: WatchEvent): void {
    this.#tell('SyncConnected', eventNames.get(type) ?? 'None', path)
  }

  #tell(state: string, type: string, path: string | null): void {
    if (!this.#printsWatches) return
    this.#print(`\nWATCHER::\n\nWatchedEvent state:${state} type:${type} path:${path ?? 'null'}`)
  }

  async #quit(): Promise<void> {
    this.isOver = true
    await this.#client?.close()
    // The event of the close is told in the next turn.
    await sleep(this.#environment.host.clock, 0)
  }

  #printHistory(): void {
    const last = this.#history.length - 1
    for (let at = Math.max(0, last - HISTORY_SHOWN); at <= last; at += 1) {
      this.#print(`${at} - ${this.#history[at] ?? ''}`)
    }
  }

  async #redo(number: string | undefined): Promise<void> {
    if (number === undefined) return
    const line = this.#history[Number(number)]
    if (line === undefined || Number(number) >= this.#history.length - 1) {
      throw new ShellError('Command index out of range')
    }
    const words = wordsOf(line)
    if (words[0] === 'redo') throw new ShellError('No redoing redos')
    await this.#run(words)
  }

  #watchesCommand(setting: string | undefined): void {
    if (setting === undefined) this.#print(`printwatches is ${this.#printsWatches ? 'on' : 'off'}`)
    else this.#printsWatches = setting === 'on'
  }

  async close(): Promise<void> {
    if (this.isOver) return
    this.#printsWatches = false
    await this.#client?.close()
  }

  #print(line: string): void {
    this.#environment.terminal.stdout.write(`${line}\n`)
  }

  #warn(line: string): void {
    this.#environment.terminal.stderr.write(`${line}\n`)
  }
}

const eventNames = new Map<number, string>([
  [EventType.NODE_CREATED, 'NodeCreated'],
  [EventType.NODE_DELETED, 'NodeDeleted'],
  [EventType.NODE_DATA_CHANGED, 'NodeDataChanged'],
  [EventType.NODE_CHILDREN_CHANGED, 'NodeChildrenChanged'],
])
