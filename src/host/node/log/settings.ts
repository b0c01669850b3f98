/** What is logged where: loggers form a tree by the dots in their names, as in log4j 1.2, which Kafka 3.x configures. */
import type { LogLevel } from '../../log.ts'

export type Threshold = LogLevel | 'off'

export interface LoggerSettings {
  /** Absent: that of the nearest ancestor. */
  readonly level?: Threshold
  readonly appenders: readonly string[]
  /** Whether the appenders of the ancestors get the lines too. */
  readonly isAdditive: boolean
}

/** pattern: log4j's conversion pattern · json: one object a line. */
export type Layout =
  { readonly type: 'pattern'; readonly pattern: string } | { readonly type: 'json' }

/** never: one file · date: renamed when the date, written by this pattern, changes · size: `.1` is the youngest of `maxBackups`. */
export type Rolling =
  | { readonly by: 'never' }
  | { readonly by: 'date'; readonly datePattern: string }
  | { readonly by: 'size'; readonly maxSizeBytes: number; readonly maxBackups: number }

export type Target =
  | { readonly type: 'console'; readonly stream: 'stdout' | 'stderr' }
  | { readonly type: 'file'; readonly path: string; readonly rolling: Rolling }

export interface AppenderSettings {
  readonly target: Target
  readonly layout: Layout
  readonly threshold?: Threshold
}

export interface LogSettings {
  /** By name; the root is ''. */
  readonly loggers: ReadonlyMap<string, LoggerSettings>
  readonly appenders: ReadonlyMap<string, AppenderSettings>
}

/** From quiet to chatty; the numbers are pino's. */
const severity: Readonly<Record<Threshold, number>> = {
  off: Infinity,
  fatal: 60,
  error: 50,
  warn: 40,
  info: 30,
  debug: 20,
  trace: 10,
}

export function isAtLeast(level: LogLevel, threshold: Threshold): boolean {
  return severity[level] >= severity[threshold]
}

/** The name itself, then its ancestors, then the root: `a.b`, `a`, ''. */
export function* lineage(name: string): Generator<string> {
  let rest = name
  while (rest !== '') {
    yield rest
    rest = rest.slice(0, Math.max(0, rest.lastIndexOf('.')))
  }
  yield ''
}

/** Level and appenders that count for a logger, whether it is named in the settings or not. */
export function effectiveSettings(
  settings: LogSettings,
  name: string,
): { level: Threshold; appenders: string[] } {
  let level: Threshold | undefined
  const appenders: string[] = []
  let isInheriting = true
  for (const ancestor of lineage(name)) {
    const own = settings.loggers.get(ancestor)
    if (own === undefined) continue
    level ??= own.level
    if (!isInheriting) continue
    appenders.push(...own.appenders)
    isInheriting = own.isAdditive
  }
  return { level: level ?? 'info', appenders }
}
