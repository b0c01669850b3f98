/**
 * Programs that tests start: their output is collected, they are awaited by what they print, and
 * ended by process id. Whatever still runs when the test process exits is killed.
 */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** How a program ended, with all that it printed. */
export interface Outcome {
  stdout: string
  stderr: string
  /** Null when a signal ended it. */
  exitCode: number | null
  signal: NodeJS.Signals | null
}

export interface ProcessOptions {
  cwd?: string
  /** Added to the environment of this process; undefined removes a variable. */
  env?: Record<string, string | undefined>
  /** Written to standard input, which is then closed. Without it the input stays open. */
  input?: string
}

export interface RunOptions extends ProcessOptions {
  /** The program is killed, and the run fails, after this time. Default two minutes. */
  timeoutMs?: number
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** One started program. */
export class RunningProcess {
  readonly command: string
  readonly pid: number
  /** Settles when the program has ended and its output is complete. Never rejects. */
  readonly ended: Promise<Outcome>
  stdout = ''
  stderr = ''
  readonly #child: ChildProcess
  readonly #watchers = new Set<() => void>()
  #hasEnded = false

  constructor(command: string, args: readonly string[], options: ProcessOptions) {
    this.command = [command, ...args].join(' ')
    const child = spawn(command, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: environment(options.env),
      stdio: 'pipe',
    })
    this.#child = child
    this.pid = child.pid ?? -1
    running.add(child)
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
      this.#changed()
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
      this.#changed()
    })
    // A program may end before it has read everything: that shows in its outcome, not here.
    child.stdin.on('error', () => undefined)
    if (options.input !== undefined) child.stdin.end(options.input)
    this.ended = new Promise(resolve => {
      const finish = (exitCode: number | null, signal: NodeJS.Signals | null): void => {
        if (this.#hasEnded) return
        this.#hasEnded = true
        running.delete(child)
        this.#changed()
        resolve({ stdout: this.stdout, stderr: this.stderr, exitCode, signal })
      }
      child.once('close', finish)
      child.once('error', error => {
        this.stderr += `${error.message}\n`
        finish(127, null)
      })
    })
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Writes to standard input, as a person types. */
  write(text: string): void {
    this.#child.stdin?.write(text)
  }

  /** Closes standard input, as Ctrl-D does. */
  endInput(): void {
    this.#child.stdin?.end()
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Sends `signal` and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Outcome> {
    this.signal(signal)
    return this.ended
  }

  /**
   * Waits until `condition` gives a value for the output so far.
   *
   * @throws when the program ends or the time is over first; the message holds the output.
   */
  async until<T>(
    what: string,
    condition: (output: { stdout: string; stderr: string }) => T | undefined | null | false,
    timeoutMs = 60_000,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        const value = condition(this)
        if (value !== undefined && value !== null && value !== false) {
          done()
          resolve(value)
        } else if (this.#hasEnded) {
          done()
          reject(this.#failure(`ended before ${what}`))
        }
      }
      const timer = setTimeout(() => {
        done()
        reject(this.#failure(`showed no ${what} within ${timeoutMs} ms`))
      }, timeoutMs)
      const done = (): void => {
        clearTimeout(timer)
        this.#watchers.delete(settle)
      }
      this.#watchers.add(settle)
      settle()
    })
  }

  /** Waits for output, on either stream, that `pattern` matches; its match. */
  async untilOutput(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray> {
    return this.until(
      String(pattern),
      ({ stdout, stderr }) => pattern.exec(stdout) ?? pattern.exec(stderr),
      timeoutMs,
    )
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }

  #failure(reason: string): Error {
    return new Error(`${this.command}\n${reason}\n${lastOutput(this)}`)
  }
}

/** Starts a program; pair it with `t.after(() => program.stop())`. */
export function start(
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): RunningProcess {
  return new RunningProcess(command, args, options)
}

/** Runs a program to its end, whatever its exit code. Without `input` it reads an empty input. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const { timeoutMs = 120_000, ...rest } = options
  const program = start(command, args, { input: '', ...rest })
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    program.signal('SIGKILL')
  }, timeoutMs)
  const outcome = await program.ended
  clearTimeout(timer)
  assert.ok(!isLate, `${program.command}\nstill ran after ${timeoutMs} ms\n${lastOutput(outcome)}`)
  return outcome
}

/** Runs a program that has to succeed. @throws with its output when it exits with another code than 0. */
export async function runOk(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const outcome = await run(command, args, options)
  assert.equal(
    outcome.exitCode,
    0,
    `${[command, ...args].join(' ')}\nexit ${outcome.exitCode ?? outcome.signal ?? ''}\n${lastOutput(outcome)}`,
  )
  return outcome
}

/** Below the ports that Linux gives to connections that go out: one of them could be there before the server. */
const FIRST_PORT = 10_000
const LAST_PORT = 32_767

/** Whoever was given a port may not have taken it yet. */
const givenPorts = new Set<number>()

/** A TCP port of loopback that nothing listens on at the moment, and that was not given before. */
export async function freePort(): Promise<number> {
  while (true) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1)
    if (givenPorts.has(port) || !(await isFree(port))) continue
    givenPorts.add(port)
    return port
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise(resolve => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

function environment(added: Record<string, string | undefined> = {}): NodeJS.ProcessEnv {
  const merged = { ...process.env, ...added }
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined))
}

function lastOutput(output: { stdout: string; stderr: string }): string {
  return `--- stdout\n${output.stdout.slice(-4_000)}\n--- stderr\n${output.stderr.slice(-4_000)}`
}
