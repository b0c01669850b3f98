/** What every tool is: a function of its arguments, its terminal and the host. */
import { kafkaPattern, patternLayout } from '../host/node/index.ts'
import type { Host, Terminal, TerminalSignal } from '../host/index.ts'
import { OptionError, UsageError, VersionRequested } from './arguments/index.ts'
import { javaText } from './java-text.ts'

/** The release of Apache Kafka whose tools these follow: what `--version` is asked for. */
export const KAFKA_VERSION = '3.9.1'

export interface ToolEnvironment {
  /** Its log goes to standard error. */
  readonly host: Host
  readonly terminal: Terminal
}

/** @returns the exit code */
export type Tool = (argv: readonly string[], environment: ToolEnvironment) => Promise<number>

/** Runs a tool: usage errors, `--version` and what nobody caught are answered as a JVM would. */
export async function runTool(
  tool: Tool,
  argv: readonly string[],
  environment: ToolEnvironment,
): Promise<number> {
  const { stdout, stderr } = environment.terminal
  try {
    return await tool(argv, environment)
  } catch (error) {
    if (error instanceof VersionRequested) {
      stdout.write(`${KAFKA_VERSION}\n`)
      return 0
    }
    if (error instanceof UsageError) stderr.write(error.text)
    else stderr.write(`Exception in thread "main" ${javaText(error)}\n`)
    return 1
  }
}

/** What a JVM exits with after a signal. */
export function exitCodeOf(signal: TerminalSignal): number {
  return signal === 'SIGINT' ? 130 : 143
}

/** Whether an error ends the tool for its own reasons, so that a command must not explain it. */
export function isForRunner(error: unknown): boolean {
  return error instanceof UsageError || error instanceof VersionRequested
}

/** The message alone, as jopt-simple words it; other errors are not its. */
export function isOptionError(error: unknown): error is OptionError {
  return error instanceof OptionError
}

const kafkaLine = patternLayout(kafkaPattern)

/** Logs a stack trace of one line as log4j prints it: its line end comes before the logger's name. */
export function logThrowable(
  { host, terminal }: ToolEnvironment,
  logger: string,
  error: unknown,
): void {
  const message = `${javaText(error)}\n`
  const line = { wallMs: host.clock.wallMs(), level: 'error', logger, message } as const
  terminal.stderr.write(kafkaLine(line))
}
