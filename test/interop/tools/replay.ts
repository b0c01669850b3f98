/** Runs a recorded command as it was typed, against the cluster of a test. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Case } from './cases.ts'
import { masked } from './masks.ts'

export interface Addresses {
  readonly broker: string
  readonly zookeeper: string
}

interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly exit: number
}

const bin = join(process.cwd(), 'bin')
const TIMEOUT_MS = 90_000

/** `x{1500000}` stands for so many letters. */
const repeated = (text: string) =>
  text.replace(/\b([ax])\{(\d+)\}/g, (_, letter: string, count: string) =>
    letter.repeat(Number(count)),
  )

export function replay(one: Case, addresses: Addresses): Promise<Outcome> {
  return carryOut(one, addresses)
}

export async function carryOut(
  one: Pick<Case, 'command' | 'stdin' | 'signal'>,
  addresses: Addresses,
): Promise<Outcome> {
  const command = repeated(one.command)
    .replaceAll('localhost:9092', addresses.broker)
    .replaceAll('localhost:2181', addresses.zookeeper)
  const child = spawn('sh', ['-c', `exec ${bin}/${command}`], { timeout: TIMEOUT_MS })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  child.stdin.on('error', () => undefined)
  child.stdin.end(repeated(one.stdin ?? ''))
  const signal = /^(SIG\w+) after (\d+) s/.exec(one.signal ?? '')
  if (signal !== null) {
    setTimeout(() => child.kill(signal[1] as NodeJS.Signals), 2_500).unref()
  }
  const exit = await new Promise<number>(resolve =>
    child.on('close', (code, killedBy) => resolve(code ?? (killedBy === 'SIGINT' ? 130 : 143))),
  )
  return { stdout: home(stdout, addresses), stderr: home(stderr, addresses), exit }
}

function home(text: string, { broker, zookeeper }: Addresses): string {
  return text
    .replaceAll(broker, 'localhost:9092')
    .replaceAll(zookeeper, 'localhost:2181')
    .replace(/a{250}/g, 'a{250}')
}

/** What is different, or `undefined`. */
export function differenceOf(one: Case, actual: Outcome): string | undefined {
  const parts: string[] = []
  for (const stream of ['stdout', 'stderr'] as const) {
    const [is, shouldBe] = [masked(actual[stream]), masked(one[stream])]
    if (is.join('\n') === shouldBe.join('\n')) continue
    parts.push(`${stream} is\n${actual[stream]}\ninstead of\n${one[stream]}`)
  }
  if (actual.exit !== one.exit) parts.push(`exit code is ${actual.exit} instead of ${one.exit}`)
  return parts.length === 0 ? undefined : parts.join('\n')
}
