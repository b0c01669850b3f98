/** Runs a recorded command as it was typed, against the cluster of a test. */
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { Case } from './cases.ts'
import { masked } from './masks.ts'

export interface Addresses {
  readonly broker: string
  /** Further brokers of the cluster, which the recording had on the ports that follow. */
  readonly others?: readonly string[]
  readonly zookeeper: string
  /** Where commands are typed. */
  readonly folder: string
}

interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly exit: number
}

type Command = Pick<Case, 'command' | 'stdin' | 'signal' | 'typed'> & Partial<Pick<Case, 'exit'>>

/** Where the scripts are, unless others are asked for. */
const OURS = join(process.cwd(), 'bin')
const terminal = join(process.cwd(), 'test/interop/tools/terminal.py')
const TIMEOUT_MS = 90_000
/** When a recorded signal is sent: sooner than in the recording, where JVMs had to start. */
const SIGNAL_AFTER_MS = 2_500

/** `x{1500000}` stands for so many letters. */
const repeated = (text: string) =>
  text.replace(/\b([ax])\{(\d+)\}/g, (_, letter: string, count: string) =>
    letter.repeat(Number(count)),
  )

/** Starts a command and leaves it to the caller. */
export function startCommand(
  { command, typed }: Pick<Command, 'command' | 'typed'>,
  { broker, others = [], zookeeper, folder }: Addresses,
  bin = OURS,
): ChildProcess {
  const here = others
    .reduce(
      (rest, address, at) => rest.replaceAll(`localhost:${9093 + at}`, address),
      repeated(command),
    )
    .replaceAll('localhost:9092', broker)
    .replaceAll('localhost:2181', zookeeper)
    .replace(/<DIR>\/kafka-logs-\d/g, `${folder}/logs`)
  const line = `${bin}/${here}`
  const options = { cwd: folder, timeout: TIMEOUT_MS }
  return (typed ?? []).length === 0
    ? spawn('sh', ['-c', `exec ${line}`], options)
    : spawn('python3', [terminal, JSON.stringify(typed), line], options)
}

export async function carryOut(one: Command, addresses: Addresses, bin?: string): Promise<Outcome> {
  const child = startCommand(one, addresses, bin)
  let [stdout, stderr] = ['', '']
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(repeated(one.stdin ?? ''))
  const [, recorded] = /^(SIG\w+) after/.exec(one.signal ?? '') ?? []
  const signal = typeof one.exit === 'string' ? 'SIGKILL' : recorded
  if (signal !== undefined) {
    setTimeout(() => child.kill(signal as NodeJS.Signals), SIGNAL_AFTER_MS).unref()
  }
  const exit = await new Promise<number>(resolve =>
    child.on('close', (code, killedBy) => resolve(code ?? (killedBy === 'SIGINT' ? 130 : 143))),
  )
  return { stdout: home(stdout, addresses, one), stderr: home(stderr, addresses, one), exit }
}

/** The addresses of the recording instead of those of the test, and its directories. */
function home(
  text: string,
  { broker, others = [], zookeeper, folder }: Addresses,
  { command }: Command,
): string {
  const [logs = ''] = /<DIR>\/kafka-logs-\d/.exec(command) ?? []
  const named = others.reduce(
    (rest, address, at) => rest.replaceAll(address, `localhost:${9093 + at}`),
    others.length === 0 ? text : text.replaceAll(folder, '<DIR>'),
  )
  return named
    .replaceAll(`${folder}/logs`, logs)
    .replaceAll(broker, 'localhost:9092')
    .replaceAll(zookeeper, 'localhost:2181')
    .replace(/a{250}/g, 'a{250}')
}

/** What is different, or `undefined`. */
export function differenceOf(
  one: Pick<Case, 'stdout' | 'stderr' | 'exit'>,
  actual: Outcome,
): string | undefined {
  const parts: string[] = []
  for (const stream of ['stdout', 'stderr'] as const) {
    const [is, shouldBe] = [masked(actual[stream]), masked(one[stream])]
    if (is.join('\n') === shouldBe.join('\n')) continue
    parts.push(`${stream} is\n${actual[stream]}\ninstead of\n${one[stream]}`)
  }
  const isEnded = typeof one.exit === 'number'
  if (isEnded && actual.exit !== one.exit)
    parts.push(`exit code is ${actual.exit} instead of ${one.exit}`)
  return parts.length === 0 ? undefined : parts.join('\n')
}
