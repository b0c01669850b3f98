/**
 * A machine of its own for a lab sheet, so that its commands stand as printed: the ports 2181 and
 * 9092, and the folders /tmp/zookeeper and /tmp/kafka-logs, are those of the sheet and collide with
 * nothing. Made of Linux namespaces (network, mounts, processes); needs root.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { peerOrSkip, projectRoot } from '../peers/cache.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { run, start, type Outcome, type RunningProcess } from '../peers/process.ts'
import { subjectKind, temporaryFolder } from '../peers/subject.ts'

/** The folders that the stock configuration names. */
const stockDataFolders = ['/tmp/zookeeper', '/tmp/kafka-logs']

export interface LabMachineOptions {
  /** The release of a genuine run: the one that the sheet uses, or the oldest that runs here. */
  genuineVersion: string
  /** The interpreter that `python` names on this machine. */
  python?: string
  /** The folder of the commands lies in one that the lab writes to (`../config`): `scratch`. */
  hasSurroundings?: boolean
}

/** A terminal window: a program that runs in the foreground. */
export type Terminal = RunningProcess

export class LabMachine {
  /** The folder in which everything is typed: `bin/` and `config/` are in it. */
  readonly root: string
  /** A folder for programs and settings that a lab writes. */
  readonly scratch: string
  readonly #holder: RunningProcess
  readonly #env: Record<string, string>
  readonly #cleanUp: () => void

  private constructor(
    root: string,
    scratch: string,
    holder: RunningProcess,
    env: Record<string, string>,
    cleanUp: () => void,
  ) {
    this.root = root
    this.scratch = scratch
    this.#holder = holder
    this.#env = env
    this.#cleanUp = cleanUp
  }

  /** @throws when this machine cannot make namespaces. */
  static async start(options: LabMachineOptions): Promise<LabMachine> {
    const scratch = temporaryFolder('lab')
    const root = await layOut(scratch, options)
    // They stay: whoever removes a folder takes it away from other lab machines, mounts and all.
    for (const folder of stockDataFolders) mkdirSync(folder, { recursive: true })
    const mounts = stockDataFolders.map(folder => `mount -t tmpfs tmpfs ${folder}`)
    const moved = options.hasSurroundings === true && root === projectRoot
    const stands = moved ? join(scratch, 'kafka') : root
    if (moved) {
      mkdirSync(stands)
      mounts.push(`mount --bind ${root} ${stands}`)
    }
    const script = ['ip link set lo up', ...mounts, 'echo up', 'exec sleep infinity'].join(' && ')
    const holder = start('unshare', [
      ...['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
      ...['sh', '-c', script],
    ])
    await holder.untilOutput(/^up$/m)
    const env: Record<string, string> = { LOG_DIR: join(scratch, 'logs'), PYTHONUNBUFFERED: '1' }
    if (options.python !== undefined) {
      env['PATH'] = `${join(options.python, '..')}:${process.env['PATH'] ?? ''}`
    }
    return new LabMachine(stands, scratch, holder, env, () => {
      rmSync(scratch, { recursive: true, force: true })
    })
  }

  /** Types a command, its output and input piped, and leaves it running. */
  open(command: string, input?: string): Terminal {
    const enter = ['-t', String(childOf(this.#holder.pid)), '--net', '--mount', '--pid']
    return start('nsenter', [...enter, `--wdns=${this.root}`, 'sh', '-c', `exec ${command}`], {
      env: this.#env,
      ...(input === undefined ? {} : { input }),
    })
  }

  /** Types a command in a pseudo terminal: one stream, with the echo of what is typed. */
  openTerminal(command: string): Terminal {
    return this.open(`script --quiet --flush --return --command '${command}' /dev/null`)
  }

  /** Types a command and waits until the prompt is back. Its standard input is empty. */
  async type(command: string): Promise<Outcome> {
    return this.open(command, '').ended
  }

  /** Ctrl-C in that terminal, and waits until the prompt is back. */
  async interrupt(terminal: Terminal): Promise<Outcome> {
    return this.#end(terminal, 'SIGINT')
  }

  /** `kill -9` of what runs in that terminal. */
  async kill(terminal: Terminal): Promise<Outcome> {
    return this.#end(terminal, 'SIGKILL')
  }

  /** Writes a program and says how it is run, by another `python` than that of the machine if need be. */
  save(name: string, program: string, python = 'python'): string {
    const file = join(this.scratch, name)
    writeFileSync(file, program)
    return `${python} ${file}`
  }

  async #end(terminal: Terminal, signal: NodeJS.Signals): Promise<Outcome> {
    // nsenter hands on how its child ended, but not the signals that it gets itself.
    const child = childOf(terminal.pid)
    if (child !== undefined) process.kill(child, signal)
    return terminal.ended
  }

  /** Ends everything that runs on the machine, and forgets its files. */
  async turnOff(): Promise<void> {
    await this.#holder.stop('SIGKILL')
    this.#cleanUp()
  }
}

/** A lab machine, or undefined when it cannot be had here: the test is skipped loudly then. */
export async function labMachineOrSkip(
  t: TestContext,
  options: LabMachineOptions,
): Promise<LabMachine | undefined> {
  return peerOrSkip(t, async () => {
    const probe = await run('unshare', ['--net', '--mount', '--pid', '--fork', 'ip', 'link'])
    if (probe.exitCode !== 0) throw new Error(`a lab machine needs root on Linux: ${probe.stderr}`)
    return LabMachine.start(options)
  })
}

async function layOut(scratch: string, { genuineVersion }: LabMachineOptions): Promise<string> {
  if (subjectKind === 'tidelog') return projectRoot
  const root = join(scratch, 'kafka')
  mkdirSync(root)
  symlinkSync(join(await genuineDistribution(genuineVersion), 'bin'), join(root, 'bin'))
  symlinkSync(join(projectRoot, 'config'), join(root, 'config'))
  return root
}

function childOf(pid: number): number | undefined {
  const file = `/proc/${pid}/task/${pid}/children`
  if (!existsSync(file)) return undefined
  const [child] = readFileSync(file, 'utf8').trim().split(' ')
  return child === undefined || child === '' ? undefined : Number(child)
}
