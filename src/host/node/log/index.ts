/** The log of servers. Loads pino; tools take `toolLog` from `../index.ts` instead. */
import type { Clock } from '../../clock.ts'
import { parseLog4j, type Properties } from './log4j.ts'
import { openLog, type OpenLog } from './open-log.ts'

export { parseLog4j, type Properties } from './log4j.ts'
export { openLog, type OpenLog } from './open-log.ts'
export type { LogSettings, Threshold } from './settings.ts'

/**
 * Opens the log that a `log4j.properties` describes. What it asks for and cannot have is the first
 * thing in that log.
 *
 * @param variables values for `${name}` in the properties; `kafka.logs.dir` is where files go
 */
export function openServerLog(
  properties: Properties,
  variables: Properties,
  clock: Clock,
): OpenLog {
  const { settings, problems } = parseLog4j(properties, variables)
  const opened = openLog(settings, clock)
  for (const problem of problems) opened.log.named('log4j').warn(problem)
  return opened
}
