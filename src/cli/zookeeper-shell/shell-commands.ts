/** Commands of the ZooKeeper shell. Mirrors org.apache.zookeeper.cli. */
import {
  CreateMode,
  NodeExistsError,
  NoAuthError,
  NoChildrenForEphemeralsError,
  NoNodeError,
  NotEmptyError,
  BadVersionError,
  ZooKeeperError,
  type Stat,
  type Watcher,
  type ZooKeeperClient,
} from '../../zookeeper/index.ts'

/** A command that failed: its message goes to stderr, its code becomes the shell's. */
export class ShellError extends Error {
  override readonly name = 'ShellError'
  readonly code = 'SHELL'
  readonly exitCode: number

  constructor(message: string, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

export interface ShellContext {
  readonly client: ZooKeeperClient
  readonly print: (line: string) => void
  readonly warn: (line: string) => void
  readonly watcher: Watcher
}

interface Given {
  readonly flags: ReadonlyMap<string, string>
  readonly rest: readonly string[]
}

interface Command {
  /** As the usage lists it. */
  readonly usage: string
  /** Flags that take a value. */
  readonly valued?: readonly string[]
  readonly plain?: readonly string[]
  /** Words behind the flags: at least so many. */
  readonly words: number
  run(given: Given, context: ShellContext): Promise<void>
}

const commands: Readonly<Record<string, Command>> = {
  create: {
    usage: '[-s] [-e] path [data]',
    plain: ['-s', '-e'],
    words: 1,
    async run({ flags, rest }, { client, warn }) {
      const mode = (flags.has('-e') ? 1 : 0) + (flags.has('-s') ? 2 : 0)
      const data = rest[1] === undefined ? null : Buffer.from(rest[1])
      const path = await client.create(pathIn(rest), data, { mode: mode as CreateMode })
      warn(`Created ${path}`)
    },
  },
  delete: {
    usage: '[-v version] path',
    valued: ['-v'],
    words: 1,
    run: ({ flags, rest }, { client }) => client.delete(pathIn(rest), versionIn(flags)),
  },
  deleteall: {
    usage: 'path',
    words: 1,
    run: ({ rest }, { client }) => deleteTree(client, pathIn(rest)),
  },
  get: {
    usage: '[-s] [-w] path',
    plain: ['-s', '-w'],
    words: 1,
    async run({ flags, rest }, { client, print, watcher }) {
      const { data, stat } = await client.getData(pathIn(rest), watch(flags, watcher))
      print(data === null ? 'null' : data.toString())
      if (flags.has('-s')) printStat(stat, print)
    },
  },
  getAllChildrenNumber: {
    usage: 'path',
    words: 1,
    run: async ({ rest }, { client, print }) =>
      print(String(await client.getAllChildrenNumber(pathIn(rest)))),
  },
  getEphemerals: {
    usage: 'path',
    words: 0,
    run: async ({ rest }, { client, print }) =>
      print(`[${(await client.getEphemerals(rest[0] ?? '/')).join(', ')}]`),
  },
  ls: {
    usage: '[-s] [-w] [-R] path',
    plain: ['-s', '-w', '-R'],
    words: 1,
    async run({ flags, rest }, { client, print, watcher }) {
      const path = pathIn(rest)
      if (flags.has('-R')) return printTree(client, path, print)
      const { children, stat } = await client.getChildren(path, watch(flags, watcher))
      print(`[${[...children].sort().join(', ')}]`)
      if (flags.has('-s')) printStat(stat, print)
    },
  },
  set: {
    usage: '[-s] [-v version] path data',
    plain: ['-s'],
    valued: ['-v'],
    words: 2,
    async run({ flags, rest }, { client, print }) {
      const data = Buffer.from(rest[1] ?? '')
      const stat = await client.setData(pathIn(rest), data, versionIn(flags))
      if (flags.has('-s')) printStat(stat, print)
    },
  },
  stat: {
    usage: '[-w] path',
    plain: ['-w'],
    words: 1,
    async run({ flags, rest }, { client, print, watcher }) {
      const path = pathIn(rest)
      const stat = await client.exists(path, watch(flags, watcher))
      if (stat === null) throw new ShellError(`Node does not exist: ${path}`)
      printStat(stat, print)
    },
  },
  sync: {
    usage: 'path',
    words: 1,
    async run({ rest }, { client, print }) {
      await client.sync(pathIn(rest))
      print('Sync is OK')
    },
  },
  whoami: {
    usage: '',
    words: 0,
    async run(_given, { client, print }) {
      const who = await client.whoAmI()
      print('Auth scheme: User')
      for (const { authScheme, user } of who) print(`${authScheme}: ${user}`)
    },
  },
}

/** What the shell does itself. */
const ownCommands = { history: '', printwatches: 'on|off', quit: '', redo: 'cmdno' } as const

export function isCommand(name: string): boolean {
  return Object.hasOwn(commands, name) || Object.hasOwn(ownCommands, name)
}

export function usageLines(): string[] {
  const all = [
    ...Object.entries(commands).map(([name, { usage }]) => [name, usage] as const),
    ...Object.entries(ownCommands),
  ]
  const inOrder = all.toSorted(([a], [b]) => (a < b ? -1 : 1))
  return [
    'ZooKeeper -server host:port -client-configuration properties-file cmd args',
    ...inOrder.map(([name, usage]) => `\t${name} ${usage}`),
  ]
}

/** @throws ShellError for what the server refused, and for words that make no sense */
export async function execute(words: readonly string[], context: ShellContext): Promise<void> {
  const [name = '', ...rest] = words
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) return
  const given = readFlags(name, command, rest)
  try {
    await command.run(given, context)
  } catch (error) {
    throw error instanceof ZooKeeperError ? inWords(error, given.rest[0] ?? '') : error
  }
}

function readFlags(name: string, command: Command, words: readonly string[]): Given {
  const usage = new ShellError(`${name} ${command.usage}`)
  const flags = new Map<string, string>()
  const rest: string[] = []
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (command.plain?.includes(word) === true) flags.set(word, '')
    else if (command.valued?.includes(word) === true) {
      const value = words[(at += 1)]
      if (value === undefined) throw new ShellError(`Missing argument for option: ${word.slice(1)}`)
      flags.set(word, value)
    } else if (/^-[A-Za-z]/.test(word)) throw new ShellError(`Unrecognized option: ${word}`)
    else rest.push(word)
  }
  if (rest.length < command.words) throw usage
  return { flags, rest }
}

/** @throws ShellError for a path that cannot be one */
function pathIn(rest: readonly string[]): string {
  const path = rest[0] ?? ''
  if (!path.startsWith('/')) throw new ShellError('Path must start with / character')
  if (path.length > 1 && path.endsWith('/')) {
    throw new ShellError('Path must not end with / character')
  }
  return path
}

function versionIn(flags: ReadonlyMap<string, string>): number {
  const text = flags.get('-v') ?? '-1'
  if (/^[+-]?\d{1,10}$/.test(text)) return Number(text)
  throw new ShellError(`For input string: "${text}"`)
}

const watch = (flags: ReadonlyMap<string, string>, watcher: Watcher) =>
  flags.has('-w') ? { watcher } : {}

async function printTree(
  client: ZooKeeperClient,
  path: string,
  print: (line: string) => void,
): Promise<void> {
  const { children } = await client.getChildren(path)
  print(path)
  for (const child of [...children].sort()) {
    await printTree(client, path === '/' ? `/${child}` : `${path}/${child}`, print)
  }
}

/** Children before their parents. */
async function deleteTree(client: ZooKeeperClient, path: string): Promise<void> {
  const { children } = await client.getChildren(path)
  for (const child of children) {
    await deleteTree(client, path === '/' ? `/${child}` : `${path}/${child}`)
  }
  await client.delete(path)
}

function printStat(stat: Stat, print: (line: string) => void): void {
  const hex = (value: bigint | number) => `0x${value.toString(16)}`
  print(`cZxid = ${hex(stat.czxid)}`)
  print(`ctime = ${dateText(Number(stat.ctime))}`)
  print(`mZxid = ${hex(stat.mzxid)}`)
  print(`mtime = ${dateText(Number(stat.mtime))}`)
  print(`pZxid = ${hex(stat.pzxid)}`)
  print(`cversion = ${stat.cversion}`)
  print(`dataVersion = ${stat.version}`)
  print(`aclVersion = ${stat.aversion}`)
  print(`ephemeralOwner = ${hex(stat.ephemeralOwner)}`)
  print(`dataLength = ${stat.dataLength}`)
  print(`numChildren = ${stat.numChildren}`)
}

/** As Java's Date prints itself, in UTC. */
function dateText(wallMs: number): string {
  const [weekday = '', day, month, year, time] = new Date(wallMs).toUTCString().split(' ')
  return `${weekday.replace(',', '')} ${month} ${day} ${time} UTC ${year}`
}

function inWords(error: ZooKeeperError, path: string): ShellError {
  const about = error.path ?? path
  if (error instanceof NoNodeError) return new ShellError(`Node does not exist: ${about}`)
  if (error instanceof NodeExistsError) return new ShellError(`Node already exists: ${about}`)
  if (error instanceof NotEmptyError) return new ShellError(`Node not empty: ${about}`)
  if (error instanceof BadVersionError) return new ShellError(`version No is not valid : ${about}`)
  if (error instanceof NoAuthError) return new ShellError(`Insufficient permission : ${about}`)
  if (error instanceof NoChildrenForEphemeralsError) {
    return new ShellError(`Ephemerals cannot have children: ${about}`)
  }
  return new ShellError(error.message)
}
