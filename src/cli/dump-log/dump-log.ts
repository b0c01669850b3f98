/** kafka-dump-log: prints the files of a log. Mirrors kafka.tools.DumpLogSegments. */
import type { ToolEnvironment } from '../tool.ts'
import { readDumpOptions } from './dump-options.ts'

export async function dumpLog(
  argv: readonly string[],
  environment: ToolEnvironment,
): Promise<number> {
  const { stderr } = environment.terminal
  const given = readDumpOptions(argv, notice => stderr.write(`${notice}\n`))
  const { dumpFiles } = await import('./dump-files.ts')
  await dumpFiles(given, environment)
  return 0
}
